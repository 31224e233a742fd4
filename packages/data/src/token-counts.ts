/**
 * How often each token of a vocabulary of `size` comes: [size].
 *
 * @throws {RangeError} when a token is none of 0 to size - 1.
 */
export function tokenCounts(tokens: Iterable<number>, size: number): Int32Array {
  const counts = new Int32Array(size);
  for (const token of tokens) {
    if (!Number.isInteger(token) || token < 0 || token >= size)
      throw new RangeError(`tokenCounts: every token must be a whole number from 0 to ${size - 1}, but one is ${token}. Give the size of its own vocabulary.`);
    counts[token] = (counts[token] as number) + 1;
  }
  return counts;
}
