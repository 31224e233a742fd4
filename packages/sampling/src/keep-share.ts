/**
 * Keeps the first tokens of an order whose probabilities sum to at least `share`, one at least, and rules out the others.
 * `order` [classes]: all tokens, first those to keep.
 */
export function keepShare(logits: Float32Array, order: Uint32Array, probabilities: Float32Array, share: number): void {
  let sum = 0;
  order.forEach((token, rank) => {
    if (rank > 0 && sum >= share) logits[token] = Number.NEGATIVE_INFINITY;
    sum += probabilities[token] as number;
  });
}
