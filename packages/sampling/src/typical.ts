import { keepShare } from "./keep-share.ts";
import { logSoftmax } from "./log-softmax.ts";
import type { Filter } from "./sampler.ts";
import { softmax } from "./softmax.ts";

/**
 * Locally typical sampling (Meister et al. 2023): keeps the fewest tokens whose surprise -log q is nearest to the expected one,
 * the entropy, and whose probabilities sum to at least p; one at least. So the likeliest token can go out where it says too little.
 *
 * @throws {RangeError} unless 0 < p <= 1.
 */
export function typical(p: number): Filter {
  if (!(p > 0 && p <= 1)) throw new RangeError(`typical: p must be over 0 and at most 1, but is ${p}.`);
  return (logits) => {
    // All of them, whatever rounding makes of their sum.
    if (p === 1) return;
    const logs = logSoftmax(logits),
      probabilities = softmax(logits);
    const entropy = logs.reduce((sum, log, token) => (log === Number.NEGATIVE_INFINITY ? sum : sum - (probabilities[token] as number) * log), 0);
    const distances = Float64Array.from(logs, (log) => Math.abs(-log - entropy));
    const byDistance = Uint32Array.from(logs.keys()).sort((a, b) => compare(distances[a] as number, distances[b] as number));
    keepShare(logits, byDistance, probabilities, p);
  };
}

/** Infinities, which tokens ruled out before have, are alike: their difference would be no number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
