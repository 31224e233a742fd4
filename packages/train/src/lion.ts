import { add, mul, sign, sub, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { checkNotNegative, checkUnderOne } from "./check-config.ts";
import { leafwise } from "./leafwise.ts";
import type { Optimizer } from "./optimizer.ts";

/** The numbers of Lion. */
export type LionConfig = {
  /** How much of the running mean goes into a step; 0.9. */
  readonly beta1?: number;
  /** How slowly the running mean is forgotten; 0.99. */
  readonly beta2?: number;
  /** Decoupled weight decay; 0. */
  readonly decay?: number;
};

/**
 * Lion (Chen et al. 2023, algorithm 2): w' = w - rate (sign(beta1 m + (1 - beta1) g) + decay w), m' = beta2 m + (1 - beta2) g.
 * Every weight moves by the rate, so rates want to be three to ten times smaller than AdamW's, and the decay as much larger. Its
 * state holds the running mean of the gradients (`first`) alone.
 *
 * @throws {RangeError} unless the betas are from 0 to under 1, and decay 0 or more.
 */
export function lion({ beta1 = 0.9, beta2 = 0.99, decay = 0 }: LionConfig = {}): Optimizer {
  checkUnderOne("lion", { beta1, beta2 });
  checkNotNegative("lion", { decay });
  return leafwise<{ first: Tensor }>({
    kind: "lion",
    begin: { first: zerosLike },
    step({ weights, gradient, state }, { rate }) {
      const direction = sign(add(mul(state.first, beta1), mul(gradient, 1 - beta1)));
      const first = add(mul(state.first, beta2), mul(gradient, 1 - beta2));
      return { weights: sub(mul(weights, 1 - rate * decay), mul(direction, rate)), state: { first } };
    },
  });
}
