/** The most likely token; the first of several. NaN is never chosen where there is anything else. */
export function greedy(logits: Float32Array): number {
  let best = 0;
  while (best < logits.length - 1 && Number.isNaN(logits[best])) best++;
  // NaN is greater than nothing.
  let largest = logits[best] as number;
  for (let i = best + 1; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (logit > largest) {
      largest = logit;
      best = i;
    }
  }
  return best;
}
