import type { Filter } from "./sampler.ts";
import { temperature } from "./temperature.ts";

/**
 * p^e, renormalised: the lesson's `apply_temp`. As p^e is proportional to exp(e z), it is `temperature(1 / e)`.
 *
 * Mind the direction: the lesson calls its exponent a temperature, but a large e acts as a low temperature (e to infinity leaves
 * only the most likely token, e = 0 makes all tokens alike), just the other way round from T.
 *
 * @throws {RangeError} when e is negative or no number.
 */
export function power(e: number): Filter {
  if (!(e >= 0)) throw new RangeError(`power: e must be 0 or more, but is ${e}.`);
  return temperature(1 / e);
}
