import { greedy } from "./greedy.ts";
import type { Filter } from "./sampler.ts";

/**
 * softmax(z / T): T = 1 leaves the model's own distribution, a small T sharpens it towards the most likely token, a large one
 * flattens it towards all tokens alike. T = 0 stands for the limit: only the most likely token remains.
 *
 * @throws {RangeError} when T is negative or no number.
 */
export function temperature(T: number): Filter {
  if (!(T >= 0)) throw new RangeError(`temperature: T must be 0 or more, but is ${T}.`);
  if (T === 0) return keepGreatest;
  return (logits) => {
    // From the largest down, as a tiny T would send it to infinity.
    const largest = logits[greedy(logits)] as number;
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i] as number;
      const gap = logit === largest ? 0 : logit - largest;
      // What may not come may not come at an infinite temperature either.
      logits[i] = gap === Number.NEGATIVE_INFINITY ? gap : gap / T;
    }
  };
}

const keepGreatest: Filter = (logits) => {
  const best = greedy(logits);
  logits.fill(Number.NEGATIVE_INFINITY);
  logits[best] = 0;
};
