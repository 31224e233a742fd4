/** A span from `first` to `last`, both included, and the sum of their scores. */
export type ScoredSpan = { readonly first: number; readonly last: number; readonly score: number };

/**
 * The span whose first step's start score and last step's end score have the largest sum, of at most `longest` steps; of those alike, the
 * one that ends first. `starts`, `ends` [time], at least one.
 */
export function bestSpan(starts: Float32Array, ends: Float32Array, longest: number = Number.POSITIVE_INFINITY): ScoredSpan {
  let best: ScoredSpan = { first: 0, last: 0, score: Number.NEGATIVE_INFINITY };
  /** Where the best start lies, among those that the span to `last` may have. */
  let first = 0;
  for (let last = 0; last < starts.length; last++) {
    if (last - first >= longest) {
      first++;
      for (let other = first + 1; other <= last; other++) if ((starts[other] as number) > (starts[first] as number)) first = other;
    } else if ((starts[last] as number) > (starts[first] as number)) first = last;
    const score = (starts[first] as number) + (ends[last] as number);
    if (score > best.score) best = { first, last, score };
  }
  return best;
}
