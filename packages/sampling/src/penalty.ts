import type { Filter } from "./sampler.ts";

/** What a penalty leaves alone. */
export type PenaltyOptions = {
  /** Tokens that it leaves alone: line marks and punctuation, say, which must come again and again. */
  readonly spared?: readonly number[];
};

/**
 * A filter that changes the logits of tokens that came before, each once: `change` is told the logit and how often its token came.
 * The filter throws a RangeError for a token that the logits do not have.
 */
export function penalty(name: string, change: (logit: number, count: number) => number, { spared = [] }: PenaltyOptions): Filter {
  return (logits, previous) => {
    const counts = new Uint32Array(logits.length);
    for (const token of previous) {
      if (!(token in counts)) throw new RangeError(`${name}: the text has the token ${token}, which is none of the ${logits.length} tokens.`);
      counts[token] = (counts[token] as number) + 1;
    }
    for (const token of spared) {
      if (!(token in counts)) throw new RangeError(`${name}: the spared token ${token} is none of the ${logits.length} tokens.`);
      counts[token] = 0;
    }
    counts.forEach((count, token) => {
      if (count > 0) logits[token] = change(logits[token] as number, count);
    });
  };
}
