import { checkNotNegative, checkAtMostOne } from "./check-config.ts";
import { halfCosine } from "./half-cosine.ts";
import type { Schedule } from "./schedule.ts";
import { type WarmUpOptions, warmUp } from "./warm-up.ts";

/** The form of a schedule that starts over. */
export type WarmRestartsOptions = WarmUpOptions & {
  /** How often the rate falls; 3 by default. */
  readonly cycles?: number;
  /** How many times as long each fall is as the one before, the paper's T_mult; 2 by default. */
  readonly growth?: number;
  /** The share of the rate that is left at the end of each fall; 0 by default. */
  readonly floor?: number;
};

/**
 * Cosine annealing with warm restarts (Loshchilov and Hutter 2017, eq. 5): the rate falls along half a cosine, again and again, in a
 * whole number of cycles over the run. The first begins with a warm-up of 100 steps by default.
 *
 * @throws {RangeError} unless there is a whole number of cycles of at least 1, the growth is over 0, the floor from 0 to 1, and rate and
 * warm-up 0 or more.
 */
export function warmRestarts(rate: number, { warmup = 100, cycles = 3, growth = 2, floor = 0 }: WarmRestartsOptions = {}): Schedule {
  checkNotNegative("warmRestarts", { rate });
  checkAtMostOne("warmRestarts", { floor });
  if (!Number.isInteger(cycles) || cycles < 1) throw new RangeError(`warmRestarts: cycles must be a whole number of at least 1, but is ${cycles}.`);
  if (!(growth > 0)) throw new RangeError(`warmRestarts: growth must be over 0, but is ${growth}.`);
  const rising = warmUp("warmRestarts", warmup);
  const lengths = Array.from({ length: cycles }, (_, i) => growth ** i);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, length) => total + length, 0);
  const shares = lengths.map((length) => length / sum(lengths));
  const starts = shares.map((_, i) => sum(shares.slice(0, i)));
  return ({ step, progress }) => {
    const cycle = starts.findLastIndex((start) => start <= progress);
    const fallen = (progress - (starts[cycle] as number)) / (shares[cycle] as number);
    return rate * rising(step) * halfCosine(1, floor, Math.min(fallen, 1));
  };
}
