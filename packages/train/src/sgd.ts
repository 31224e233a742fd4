import { add, mul, sub, type Tensor, tidy, zerosLike } from "@tensorflow/tfjs-core";
import { mapTree, named } from "@refrain/core";
import type { Optimizer, OptimizerState } from "./optimizer.ts";

export type SgdConfig = {
  /** How much of the last step is kept; 0, which is none. */
  readonly momentum?: number;
  /** Whether to look ahead along the momentum (Nesterov 1983; Sutskever et al. 2013). */
  readonly nesterov?: boolean;
};

/**
 * Stochastic gradient descent, with momentum as PyTorch has it: v' = momentum v + g, w' = w - rate v'. Its state holds the `velocity`,
 * or nothing without momentum.
 *
 * @throws {RangeError} unless momentum is from 0 to under 1, and over 0 for Nesterov's.
 */
export function sgd({ momentum = 0, nesterov = false }: SgdConfig = {}): Optimizer {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`sgd: momentum must be from 0 to under 1, but is ${momentum}.`);
  if (nesterov && momentum === 0) throw new RangeError("sgd: Nesterov's look-ahead needs a momentum over 0.");
  return {
    kind: "sgd",
    init: (params): OptimizerState => (momentum === 0 ? {} : { velocity: mapTree(params, zerosLike) }),
    update(gradients, state, params, { rate }) {
      const gradient = named(gradients);
      const descend = (step: ReadonlyMap<string, Tensor>) => mapTree(params, (weights, path) => tidy(() => sub(weights, mul(step.get(path) as Tensor, rate))));
      if (!state.velocity) return { params: descend(gradient), state };
      const velocity = mapTree(state.velocity, (v, path) => tidy(() => add(mul(v, momentum), gradient.get(path) as Tensor)));
      if (!nesterov) return { params: descend(named(velocity)), state: { velocity } };
      const ahead = mapTree(velocity, (v, path) => tidy(() => add(mul(v, momentum), gradient.get(path) as Tensor)));
      const next = descend(named(ahead));
      for (const leaf of named(ahead).values()) leaf.dispose();
      return { params: next, state: { velocity } };
    },
  };
}
