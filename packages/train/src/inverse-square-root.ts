import { checkNotNegative } from "./check-config.ts";
import type { Schedule } from "./schedule.ts";

/** The form of an inverse square root schedule. */
export type InverseSquareRootOptions = {
  /** Steps of linear warm-up, at least 1; 100 by default. The longer it is, the slower the rate falls after it. */
  readonly warmup?: number;
};

/**
 * The Transformer's schedule (Vaswani et al. 2017, eq. 3): at step t (1, 2, …) it is rate t / warmup until t = warmup, where it is
 * `rate`, and rate sqrt(warmup / t) from there. The paper's has warmup 4000 and the rate 1 / sqrt(features · warmup). It does not ask
 * how long the run is.
 *
 * @throws {RangeError} unless the warm-up is 1 or more and the rate 0 or more.
 */
export function inverseSquareRoot(rate: number, { warmup = 100 }: InverseSquareRootOptions = {}): Schedule {
  checkNotNegative("inverseSquareRoot", { rate });
  if (!(warmup >= 1)) throw new RangeError(`inverseSquareRoot: warmup must be 1 or more, but is ${warmup}.`);
  return ({ step }) => rate * Math.min((step + 1) / warmup, Math.sqrt(warmup / (step + 1)));
}
