import { keepShare } from "./keep-share.ts";
import type { Filter } from "./sampler.ts";
import { softmax } from "./softmax.ts";

/**
 * Nucleus sampling (Holtzman et al. 2020): keeps the fewest most likely tokens whose probabilities sum to at least p; one at least.
 *
 * @throws {RangeError} unless 0 < p <= 1.
 */
export function topP(p: number): Filter {
  if (!(p > 0 && p <= 1)) throw new RangeError(`topP: p must be over 0 and at most 1, but is ${p}.`);
  return (logits) => {
    // All of them, whatever rounding makes of their sum.
    if (p === 1) return;
    const probabilities = softmax(logits);
    const byLikelihood = Uint32Array.from(probabilities.keys()).sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number));
    keepShare(logits, byLikelihood, probabilities, p);
  };
}
