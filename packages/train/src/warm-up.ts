import { checkNotNegative } from "./check-config.ts";

/** What schedules that begin with a warm-up are told of it. */
export type WarmUpOptions = {
  /** Steps over which the rate rises linearly to where it would be without: 1/warmup of it at the first, all of it from the last on. */
  readonly warmup?: number;
};

/** The share of its rate that a schedule has at a step (0, 1, …) for its warm-up. @throws {RangeError} unless the warm-up is 0 or more. */
export function warmUp(who: string, warmup: number): (step: number) => number {
  checkNotNegative(who, { warmup });
  return (step) => (warmup > 0 ? Math.min(1, (step + 1) / warmup) : 1);
}
