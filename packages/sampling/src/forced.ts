import type { Filter } from "./sampler.ts";

/**
 * Tokens that must come at their positions in the text, the prompt counted in: `tokens.get(0)` is the first token of all. It comes
 * even where a filter before ruled it out. The filter throws a RangeError for a token that the logits do not have.
 *
 * @throws {RangeError} unless positions are whole numbers of at least 0.
 */
export function forced(tokens: ReadonlyMap<number, number>): Filter {
  for (const position of tokens.keys())
    if (!Number.isInteger(position) || position < 0) throw new RangeError(`forced: a position must be a whole number of at least 0, but is ${position}.`);
  return (logits, previous) => {
    const token = tokens.get(previous.length);
    if (token === undefined) return;
    if (!(token in logits)) throw new RangeError(`forced: ${token} is none of the ${logits.length} tokens.`);
    logits.fill(Number.NEGATIVE_INFINITY);
    logits[token] = 0;
  };
}
