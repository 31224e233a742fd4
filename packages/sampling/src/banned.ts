import type { Filter } from "./sampler.ts";

/** Tokens that never come: the unknown mark, say. The filter throws a RangeError for a token that the logits do not have. */
export function banned(tokens: readonly number[]): Filter {
  return (logits) => {
    for (const token of tokens) {
      if (!(token in logits)) throw new RangeError(`banned: ${token} is none of the ${logits.length} tokens.`);
      logits[token] = Number.NEGATIVE_INFINITY;
    }
  };
}
