import type { Filter } from "./sampler.ts";

/** Tokens that never come: the unknown mark, say. */
export function banned(tokens: readonly number[]): Filter {
  return (logits) => {
    for (const token of tokens) logits[token] = Number.NEGATIVE_INFINITY;
  };
}
