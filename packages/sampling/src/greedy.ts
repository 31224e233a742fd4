/** The most likely token; the first of several. NaN is never chosen where there is anything else. */
export function greedy(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    const current = logits[best] as number;
    if ((logits[i] as number) > current || Number.isNaN(current)) best = i;
  }
  return best;
}
