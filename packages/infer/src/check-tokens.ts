/** Tokens as a list. @throws {RangeError} when there is none, or one is none of the vocabulary's. */
export function checkTokens(what: string, tokens: Iterable<number>, vocabulary: number): number[] {
  const all = [...tokens];
  if (all.length === 0) throw new RangeError(`${what}: there must be at least one token to read.`);
  const wrong = all.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
  if (wrong !== undefined) throw new RangeError(`${what}: token ${wrong} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
  return all;
}
