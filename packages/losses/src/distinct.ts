/**
 * Distinct-n (Li et al. 2016): different n-grams over all n-grams of a text, 0 to 1; 0 where there is none. `tokens`: characters or words.
 *
 * @throws {RangeError} unless n is a whole number of at least 1.
 */
export function distinct(tokens: readonly string[], n: number): number {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`distinct: n must be a whole number of at least 1, but is ${n}.`);
  const total = tokens.length - n + 1;
  if (total < 1) return 0;
  const seen = new Set(Array.from({ length: total }, (_, i) => tokens.slice(i, i + n).join("\u0000")));
  return seen.size / total;
}
