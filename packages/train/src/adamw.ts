import { add, div, mul, sqrt, square, sub, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { type AdamwStep, type AdamwTensors, fusedAdamw } from "@refrain/core";
import { checkNotNegative, checkUnderOne } from "./check-config.ts";
import { leafwise } from "./leafwise.ts";
import type { Optimizer } from "./optimizer.ts";

/** The numbers of AdamW. */
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
  checkUnderOne("adamw", { beta1, beta2 });
  checkNotNegative("adamw", { epsilon, decay });
  return leafwise<{ first: Tensor; second: Tensor }>({
    kind: "adamw",
    begin: { first: zerosLike, second: zerosLike },
    scales: true,
    step({ weights, gradient, state }, { step, rate, scale }) {
      const scales: AdamwStep = {
        keep: 1 - rate * decay,
        beta1,
        beta2,
        epsilon,
        step: rate / (1 - beta1 ** step),
        correction: 1 / Math.sqrt(1 - beta2 ** step),
        scale,
      };
      const tensors = { weights, ...state };
      const { first, second, weights: next } = fusedAdamw(tensors, gradient, scales) ?? composed(tensors, gradient, scales);
      return { weights: next, state: { first, second } };
    },
  });
}

function composed({ weights, first, second }: AdamwTensors, given: Tensor, s: AdamwStep): AdamwTensors {
  const gradient = s.scale ? mul(given, s.scale) : given;
  const m = add(mul(first, s.beta1), mul(gradient, 1 - s.beta1));
  const v = add(mul(second, s.beta2), mul(square(gradient), 1 - s.beta2));
  const update = div(mul(m, s.step), add(mul(sqrt(v), s.correction), s.epsilon));
  return { weights: sub(mul(weights, s.keep), update), first: m, second: v };
}
