/** The sizes of attention in many heads, and what each query sees. */
export type MultiHeadConfig = {
  /** Features of queries and outputs. */
  readonly features: number;
  readonly heads: number;
  /** Heads that keys and values have; as many as there are heads by default. */
  readonly keyValueHeads?: number;
  /** Features of what keys and values are made of; `features` by default. */
  readonly keyFeatures?: number;
  /** Whether the projections have biases; they do by default. */
  readonly bias?: boolean;
  /** Whether a query sees only the keys up to its own place; the queries are the last of the keys' places. */
  readonly causal?: boolean;
  /** How many keys up to its own place a query sees, itself among them; needs `causal`. All of them by default. */
  readonly window?: number | undefined;
  /** Positions that attention itself takes in: none (they were added to the inputs), rotary, or ALiBi. */
  readonly positions?: "none" | "rotary" | "alibi";
  /** Which features make a pair in rotary positions; see `rotary`. */
  readonly rotaryPairs?: "interleaved" | "half";
  /** The share of the weights that is dropped while training; 0 by default. */
  readonly dropout?: number;
};

/** A config in which every choice is made. */
export type FullMultiHeadConfig = Required<Omit<MultiHeadConfig, "window">> & { readonly window: number };

/** Fills a config up and checks it; a `window` of 0 stands for none. */
export function checkMultiHead(config: MultiHeadConfig): FullMultiHeadConfig {
  const { features, heads, causal = false, window = 0, positions = "none", dropout = 0, bias = true, rotaryPairs = "interleaved" } = config;
  const { keyValueHeads = heads, keyFeatures = features } = config;
  for (const [name, size] of Object.entries({ features, heads, keyValueHeads, keyFeatures }))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`multiHead: ${name} must be a whole number of at least 1, but is ${size}.`);
  if (features % heads !== 0) throw new RangeError(`multiHead: the heads must divide the features, but ${heads} heads do not divide ${features}.`);
  if (heads % keyValueHeads !== 0)
    throw new RangeError(`multiHead: each key/value head must serve as many heads, but ${keyValueHeads} do not divide ${heads} heads.`);
  if (!Number.isInteger(window) || window < 0) throw new RangeError(`multiHead: the window must be a whole number of at least 1, but is ${window}.`);
  if (window > 0 && !causal) throw new RangeError("multiHead: a window reaches back from each place, so it needs causal: true.");
  if (!["none", "rotary", "alibi"].includes(positions))
    throw new TypeError(`multiHead: positions must be "none", "rotary" or "alibi", but is ${JSON.stringify(positions)}.`);
  if (rotaryPairs !== "interleaved" && rotaryPairs !== "half")
    throw new TypeError(`multiHead: rotaryPairs must be "interleaved" or "half", but is ${JSON.stringify(rotaryPairs)}.`);
  if (positions === "rotary" && (features / heads) % 2 !== 0)
    throw new RangeError(`multiHead: rotary positions turn features in pairs, so that a head must have an even number of them, but has ${features / heads}.`);
  return { features, heads, keyValueHeads, keyFeatures, bias, causal, window, positions, rotaryPairs, dropout };
}
