import type { Filter } from "./sampler.ts";

/**
 * Keeps the k most likely tokens, and those as likely as the last of them (Fan et al. 2018).
 *
 * @throws {RangeError} unless k is a whole number of at least 1.
 */
export function topK(k: number): Filter {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`topK: k must be a whole number of at least 1, but is ${k}.`);
  return (logits) => {
    if (k >= logits.length) return;
    const known = logits.filter((logit) => !Number.isNaN(logit)).toSorted();
    const least = known[Math.max(0, known.length - k)] as number;
    for (let i = 0; i < logits.length; i++) if (!((logits[i] as number) >= least)) logits[i] = Number.NEGATIVE_INFINITY;
  };
}
