/**
 * Draws which features of which sequence are hit, each with probability `rate`: 1 where one is, else 0, [batch * features]. Row i is
 * that of sequence `rows[i]`, so that a sequence gets the same wherever a run over the batch puts it.
 */
export function drawMask(random: () => number, rate: number, rows: ArrayLike<number>, features: number): Uint8Array {
  const drawn = Uint8Array.from({ length: rows.length * features }, () => (random() < rate ? 1 : 0));
  return drawn.map((_, i) => drawn[(rows[Math.floor(i / features)] as number) * features + (i % features)] as number);
}
