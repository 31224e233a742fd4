/** The middle of some numbers, of an even count the mean of the two in the middle. @throws {RangeError} of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median: there are no numbers.");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
