import { penalty, type PenaltyOptions } from "./penalty.ts";
import type { Filter } from "./sampler.ts";

/**
 * Makes tokens that came before less likely (Keskar et al. 2019, section 4.1): positive logits are divided by r, negative ones
 * multiplied, so that r > 1 always lowers them; r = 1 changes nothing. How often a token came does not matter. It depends on where
 * the model's zero lies, so it belongs before every filter that shifts the logits, temperature above all.
 *
 * @throws {RangeError} unless r is a finite number over 0.
 */
export function repetitionPenalty(r: number, options: PenaltyOptions = {}): Filter {
  if (!(r > 0 && Number.isFinite(r))) throw new RangeError(`repetitionPenalty: r must be a finite number over 0, but is ${r}.`);
  return penalty("repetitionPenalty", (logit) => (logit < 0 ? logit * r : logit / r), options);
}
