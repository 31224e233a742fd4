import { checkNotNegative, checkAtMostOne } from "./check-config.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** The form of a linear schedule. */
export type LinearOptions = WarmUpOptions & {
  /** The share of the rate that is left at the end; 0 by default. */
  readonly floor?: number;
};

/**
 * From `rate` down to `floor` of it along a line over the whole run, after a warm-up of 100 steps by default.
 *
 * @throws {RangeError} unless the floor is from 0 to 1, and rate and warm-up 0 or more.
 */
export function linear(rate: number, { warmup = 100, floor = 0 }: LinearOptions = {}): Schedule {
  checkNotNegative("linear", { rate });
  checkAtMostOne("linear", { floor });
  const rising = warmUp("linear", warmup);
  return ({ step, progress }) => rate * rising(step) * (1 - (1 - floor) * Math.min(progress, 1));
}
