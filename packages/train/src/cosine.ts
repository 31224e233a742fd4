import { checkNotNegative, checkAtMostOne } from "./check-config.ts";
import { halfCosine } from "./half-cosine.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** The form of a cosine schedule. */
export type CosineOptions = WarmUpOptions & {
  /** The share of the rate that is left at the end; a tenth by default. */
  readonly floor?: number;
};

/**
 * From `rate` down to `floor` of it along half a cosine (Loshchilov and Hutter 2017), after a warm-up of 100 steps by default.
 *
 * @throws {RangeError} unless the floor is from 0 to 1, and rate and warm-up 0 or more.
 */
export function cosine(rate: number, { warmup = 100, floor = 0.1 }: CosineOptions = {}): Schedule {
  checkNotNegative("cosine", { rate });
  checkAtMostOne("cosine", { floor });
  const rising = warmUp("cosine", warmup);
  return ({ step, progress }) => rate * rising(step) * halfCosine(1, floor, Math.min(progress, 1));
}
