import type { Schedule } from "./schedule.ts";

export type CosineOptions = {
  /** Steps of linear warm-up; 100 by default. */
  readonly warmup?: number;
  /** The share of the rate that is left at the end; a tenth by default. */
  readonly floor?: number;
};

/**
 * From `rate` down to `floor` of it along half a cosine (Loshchilov and Hutter 2017), after a linear warm-up.
 *
 * @throws {RangeError} unless the floor is from 0 to 1 and the warm-up 0 or more.
 */
export function cosine(rate: number, { warmup = 100, floor = 0.1 }: CosineOptions = {}): Schedule {
  if (!(floor >= 0 && floor <= 1)) throw new RangeError(`cosine: the floor must be from 0 to 1, but is ${floor}.`);
  if (!(warmup >= 0)) throw new RangeError(`cosine: the warm-up must be 0 or more steps, but is ${warmup}.`);
  return ({ step, progress }) => {
    const rising = warmup > 0 ? Math.min(1, (step + 1) / warmup) : 1;
    return rate * rising * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(progress, 1))));
  };
}
