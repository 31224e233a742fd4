import { checkNotNegative, checkAtMostOne } from "./check-config.ts";
import { halfCosine } from "./half-cosine.ts";
import type { Schedule } from "./schedule.ts";

/** The form of a one-cycle schedule. */
export type OneCycleOptions = {
  /** The share of the run over which the rate rises; 0.3 by default. */
  readonly rise?: number;
  /** The share of the rate that it begins with; 1/25 by default. */
  readonly start?: number;
  /** The share of the rate that is left at the end; 4e-6 by default. */
  readonly floor?: number;
};

/**
 * One cycle (Smith and Topin 2018), with PyTorch's shape and defaults: up to `rate` along half a cosine, then down along another. The
 * momentum, which the paper lets fall and rise against it, stays as the optimizer has it.
 *
 * @throws {RangeError} unless start and floor are from 0 to 1, rise between 0 and 1, and the rate 0 or more.
 */
export function oneCycle(rate: number, { rise = 0.3, start = 1 / 25, floor = 4e-6 }: OneCycleOptions = {}): Schedule {
  checkNotNegative("oneCycle", { rate });
  checkAtMostOne("oneCycle", { start, floor });
  if (!(rise > 0 && rise < 1)) throw new RangeError(`oneCycle: rise must be between 0 and 1, but is ${rise}.`);
  return ({ progress }) => rate * (progress < rise ? halfCosine(start, 1, progress / rise) : halfCosine(1, floor, (Math.min(progress, 1) - rise) / (1 - rise)));
}
