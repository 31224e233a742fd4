import { expFalling } from "./exp-falling.ts";
import type { Filter, Sampler } from "./sampler.ts";
import { greedy } from "./greedy.ts";

/**
 * A sampler that applies the filters and then draws a token with its probability. `random` gives numbers in [0, 1): the same
 * numbers draw the same tokens. The sampler throws an Error when the filters left no token.
 */
export function samplerOf(filters: readonly Filter[], random: () => number): Sampler {
  return (logits, previous) => {
    for (const filter of filters) filter(logits, previous);
    return draw(logits, random());
  };
}

/** The token at this share of the summed probabilities. */
function draw(logits: Float32Array, share: number): number {
  const best = greedy(logits);
  const largest = logits[best] as number;
  if (largest === Number.NEGATIVE_INFINITY)
    throw new Error(`samplerOf: one token at least must remain, but the filters ruled out all ${logits.length}. Leave one of them out, or put rules first.`);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const likelihood = Math.fround(expFalling((logits[i] as number) - largest));
    logits[i] = likelihood;
    sum += likelihood;
  }
  let rest = share * sum;
  for (let i = 0; i < logits.length; i++) {
    rest -= logits[i] as number;
    if (rest < 0) return i;
  }
  return best;
}
