import { penalty, type PenaltyOptions } from "./penalty.ts";
import type { Filter } from "./sampler.ts";

/**
 * Takes `amount` (nats) off the logit of every token that came before, however often; a negative one favours them.
 *
 * @throws {RangeError} unless the amount is finite.
 */
export function presencePenalty(amount: number, options: PenaltyOptions = {}): Filter {
  if (!Number.isFinite(amount)) throw new RangeError(`presencePenalty: the amount must be a finite number, but is ${amount}.`);
  return penalty("presencePenalty", (logit) => logit - amount, options);
}
