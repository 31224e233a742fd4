import { add, mul, sub, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { checkUnderOne } from "./check-config.ts";
import { leafwise } from "./leafwise.ts";
import type { Optimizer } from "./optimizer.ts";

/** The numbers of stochastic gradient descent. */
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
  checkUnderOne("sgd", { momentum });
  if (nesterov && momentum === 0) throw new RangeError("sgd: Nesterov's look-ahead needs a momentum over 0.");
  const glide = (velocity: Tensor, gradient: Tensor) => add(mul(velocity, momentum), gradient);
  return leafwise<{ velocity?: Tensor }>({
    kind: "sgd",
    begin: momentum > 0 ? { velocity: zerosLike } : {},
    step({ weights, gradient, state }, { rate }) {
      if (!state.velocity) return { weights: sub(weights, mul(gradient, rate)), state };
      const velocity = glide(state.velocity, gradient);
      return { weights: sub(weights, mul(nesterov ? glide(velocity, gradient) : velocity, rate)), state: { velocity } };
    },
  });
}
