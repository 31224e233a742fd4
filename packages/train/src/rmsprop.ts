import { add, div, maximum, mul, sqrt, square, sub, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { checkNotNegative, checkUnderOne } from "./check-config.ts";
import { leafwise } from "./leafwise.ts";
import type { Optimizer } from "./optimizer.ts";

/** The numbers of RMSProp. */
export type RmspropConfig = {
  /** How slowly the mean squared gradient is forgotten, PyTorch's alpha; 0.99. */
  readonly beta?: number;
  /** Added to the root; 1e-8. */
  readonly epsilon?: number;
  /** How much of the last step is kept; 0, which is none. */
  readonly momentum?: number;
  /** Whether to divide by the gradient's deviation from its running mean instead of its size (Graves 2013, eq. 38 to 41). */
  readonly centered?: boolean;
};

type State = { readonly second: Tensor; readonly first?: Tensor; readonly velocity?: Tensor };

/**
 * RMSprop (Tieleman and Hinton 2012) as PyTorch has it: s' = beta s + (1 - beta) g^2, w' = w - rate g / (sqrt(s') + epsilon).
 * Its state holds the running mean of the squared gradients (`second`), where it is centered that of the gradients (`first`), and
 * with momentum the `velocity`.
 *
 * @throws {RangeError} unless beta and momentum are from 0 to under 1, and epsilon 0 or more.
 */
export function rmsprop({ beta = 0.99, epsilon = 1e-8, momentum = 0, centered = false }: RmspropConfig = {}): Optimizer {
  checkUnderOne("rmsprop", { beta, momentum });
  checkNotNegative("rmsprop", { epsilon });
  const blend = (mean: Tensor, now: Tensor) => add(mul(mean, beta), mul(now, 1 - beta));
  return leafwise<State>({
    kind: "rmsprop",
    begin: { second: zerosLike, ...(centered && { first: zerosLike }), ...(momentum > 0 && { velocity: zerosLike }) },
    step({ weights, gradient, state }, { rate }) {
      const second = blend(state.second, square(gradient));
      const first = state.first && blend(state.first, gradient);
      // No variance is negative, but rounding may make it so.
      const spread = first ? maximum(sub(second, square(first)), 0) : second;
      const scaled = div(gradient, add(sqrt(spread), epsilon));
      const velocity = state.velocity && add(mul(state.velocity, momentum), scaled);
      return { weights: sub(weights, mul(velocity ?? scaled, rate)), state: { second, ...(first && { first }), ...(velocity && { velocity }) } };
    },
  });
}
