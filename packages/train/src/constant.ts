import { checkNotNegative } from "./check-config.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** One learning rate throughout, after a warm-up of 0 steps by default. @throws {RangeError} when a number is negative. */
export function constant(rate: number, { warmup = 0 }: WarmUpOptions = {}): Schedule {
  checkNotNegative("constant", { rate });
  const rising = warmUp("constant", warmup);
  return ({ step }) => rate * rising(step);
}
