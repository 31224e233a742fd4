import { checkNotNegative } from "./check-config.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** The form of an exponential schedule. */
export type ExponentialOptions = WarmUpOptions & {
  /** The share of the rate that is left at the end; a hundredth by default. */
  readonly floor?: number;
};

/**
 * From `rate` down to `floor` of it by the same factor over equal parts of the run, after a warm-up of 100 steps by default.
 *
 * @throws {RangeError} unless the floor is over 0 and at most 1, and rate and warm-up are 0 or more.
 */
export function exponential(rate: number, { warmup = 100, floor = 0.01 }: ExponentialOptions = {}): Schedule {
  checkNotNegative("exponential", { rate });
  if (!(floor > 0 && floor <= 1)) throw new RangeError(`exponential: floor must be over 0 and at most 1, but is ${floor}.`);
  const rising = warmUp("exponential", warmup);
  return ({ step, progress }) => rate * rising(step) * floor ** Math.min(progress, 1);
}
