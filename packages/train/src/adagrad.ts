import { add, div, fill, mul, sqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { checkNotNegative } from "./check-config.ts";
import { leafwise } from "./leafwise.ts";
import type { Optimizer } from "./optimizer.ts";

/** The numbers of AdaGrad. */
export type AdagradConfig = {
  /** Added to the root; 1e-10. */
  readonly epsilon?: number;
  /** What the sums of squares begin at; 0. */
  readonly initial?: number;
  /** How fast the rate falls beside the schedule: at step t (1, 2, …) it is divided by 1 + (t - 1) rateDecay; 0. */
  readonly rateDecay?: number;
};

/**
 * Adagrad (Duchi et al. 2011) as PyTorch has it: s' = s + g^2, w' = w - rate g / (sqrt(s') + epsilon). What seldom has a gradient
 * keeps long steps: the embeddings of rare tokens, say. Its state holds the sums of the squared gradients (`squares`).
 *
 * @throws {RangeError} unless epsilon, initial and rateDecay are 0 or more.
 */
export function adagrad({ epsilon = 1e-10, initial = 0, rateDecay = 0 }: AdagradConfig = {}): Optimizer {
  checkNotNegative("adagrad", { epsilon, initial, rateDecay });
  return leafwise<{ squares: Tensor }>({
    kind: "adagrad",
    begin: { squares: (weights) => fill(weights.shape, initial) },
    step({ weights, gradient, state }, { step, rate }) {
      const squares = add(state.squares, square(gradient));
      const scaled = div(mul(gradient, rate / (1 + (step - 1) * rateDecay)), add(sqrt(squares), epsilon));
      return { weights: sub(weights, scaled), state: { squares } };
    },
  });
}
