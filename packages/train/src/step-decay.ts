import { checkNotNegative, checkAtMostOne } from "./check-config.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** The form of a schedule that falls in steps. */
export type StepDecayOptions = WarmUpOptions & {
  /** The shares of the run at which the rate drops; half and three quarters by default. */
  readonly at?: readonly number[];
  /** What each drop multiplies the rate by; a tenth by default. */
  readonly factor?: number;
};

/**
 * `rate`, dropping at once at some points of the run (He et al. 2016, section 4.2, whose places and factor are the defaults), after a
 * warm-up of 100 steps by default.
 *
 * @throws {RangeError} unless the points and the factor are from 0 to 1, and rate and warm-up 0 or more.
 */
export function stepDecay(rate: number, { warmup = 100, at = [0.5, 0.75], factor = 0.1 }: StepDecayOptions = {}): Schedule {
  checkNotNegative("stepDecay", { rate });
  checkAtMostOne("stepDecay", { factor, ...Object.fromEntries(at.map((share, i) => [`at[${i}]`, share])) });
  const rising = warmUp("stepDecay", warmup);
  return ({ step, progress }) => rate * rising(step) * factor ** at.filter((share) => progress >= share).length;
}
