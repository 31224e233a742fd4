import { greedy } from "./greedy.ts";
import type { Filter } from "./sampler.ts";

/**
 * Keeps the tokens that are at least p times as likely as the likeliest (Nguyen et al. 2024): few where the model is sure, many
 * where it is not. p = 0 keeps all.
 *
 * @throws {RangeError} unless 0 <= p <= 1.
 */
export function minP(p: number): Filter {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`minP: p must be from 0 to 1, but is ${p}.`);
  return (logits) => {
    if (p === 0) return;
    const least = (logits[greedy(logits)] as number) + Math.log(p);
    for (let i = 0; i < logits.length; i++) if (!((logits[i] as number) >= least)) logits[i] = Number.NEGATIVE_INFINITY;
  };
}
