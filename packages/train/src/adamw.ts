import { add, div, mul, sqrt, square, sub, type Tensor, tidy, zerosLike } from "@tensorflow/tfjs-core";
import { type AdamwStep, type AdamwTensors, fusedAdamw, mapTree, named, type TensorTree } from "@refrain/core";
import type { Optimizer } from "./optimizer.ts";

export type AdamwConfig = {
  /** How slowly the mean gradient is forgotten; 0.9. */
  readonly beta1?: number;
  /** How slowly the mean squared gradient is forgotten; 0.999. */
  readonly beta2?: number;
  /** Added to the root; 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay; 0.01, as in PyTorch. 0 makes it Adam (Kingma and Ba 2015). */
  readonly decay?: number;
};

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2). With decay 0 it is Adam. Its state holds the running means of the gradients
 * (`first`) and of their squares (`second`).
 *
 * @throws {RangeError} unless the betas are from 0 to under 1, and epsilon and decay 0 or more.
 */
export function adamw({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.01 }: AdamwConfig = {}): Optimizer {
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`adamw: ${name} must be from 0 to under 1, but is ${beta}.`);
  for (const [name, value] of Object.entries({ epsilon, decay })) if (!(value >= 0)) throw new RangeError(`adamw: ${name} must be 0 or more, but is ${value}.`);
  return {
    kind: "adamw",
    init: (params) => ({ first: mapTree(params, zerosLike), second: mapTree(params, zerosLike) }),
    update(gradients, state, params, { step, rate }) {
      const scales: AdamwStep = {
        keep: 1 - rate * decay,
        beta1,
        beta2,
        epsilon,
        step: rate / (1 - beta1 ** step),
        correction: 1 / Math.sqrt(1 - beta2 ** step),
      };
      const [gradient, first, second] = [gradients, state.first, state.second].map((tree) => named(tree as TensorTree)) as [
        Map<string, Tensor>,
        Map<string, Tensor>,
        Map<string, Tensor>,
      ];
      const next = new Map(
        [...named(params)].map(([path, weights]) => {
          const tensors = { weights, first: first.get(path) as Tensor, second: second.get(path) as Tensor };
          const g = gradient.get(path) as Tensor;
          return [path, fusedAdamw(tensors, g, scales) ?? composed(tensors, g, scales)] as const;
        }),
      );
      const take = (part: keyof AdamwTensors) => mapTree(params, (_, path) => (next.get(path) as AdamwTensors)[part]);
      return { params: take("weights"), state: { first: take("first"), second: take("second") } };
    },
  };
}

function composed({ weights, first, second }: AdamwTensors, gradient: Tensor, s: AdamwStep): AdamwTensors {
  return tidy(() => {
    const m = add(mul(first, s.beta1), mul(gradient, 1 - s.beta1));
    const v = add(mul(second, s.beta2), mul(square(gradient), 1 - s.beta2));
    const update = div(mul(m, s.step), add(mul(sqrt(v), s.correction), s.epsilon));
    return { weights: sub(mul(weights, s.keep), update), first: m, second: v };
  });
}
