/** The tokens that a decoder shall read. @throws {RangeError} when there is none, or one is not of the vocabulary. */
export function tokensToRead(tokens: Iterable<number>, vocabulary: number): [number, ...number[]] {
  const [first, ...rest] = tokens;
  if (first === undefined) throw new RangeError("decoder: there must be at least one token to read.");
  const all: [number, ...number[]] = [first, ...rest];
  const unknown = all.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
  if (unknown !== undefined) throw new RangeError(`decoder: token ${unknown} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
  return all;
}
