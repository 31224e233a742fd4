import { penalty, type PenaltyOptions } from "./penalty.ts";
import type { Filter } from "./sampler.ts";

/**
 * Takes `amount` (nats) off a token's logit for each time it came before; a negative one favours what comes often.
 *
 * @throws {RangeError} unless the amount is finite.
 */
export function frequencyPenalty(amount: number, options: PenaltyOptions = {}): Filter {
  if (!Number.isFinite(amount)) throw new RangeError(`frequencyPenalty: the amount must be a finite number, but is ${amount}.`);
  return penalty("frequencyPenalty", (logit, count) => logit - amount * count, options);
}
