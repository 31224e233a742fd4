/** What attention of many heads hides and weighs. */
export type AttentionShape = {
  readonly heads: number;
  /** Heads that keys and values have; each serves as many heads. */
  readonly keyValueHeads: number;
  /** Whether a query sees only the keys up to its own place; the queries are the last of the keys' places. */
  readonly causal: boolean;
  /** How many keys up to its own place a query sees; 0 for all. */
  readonly window: number;
  /** ALiBi's, one a head; none by default. */
  readonly slopes?: readonly number[] | undefined;
  /** [batch]: how many keys of each sequence are no padding; all by default. */
  readonly keyLengths?: readonly number[] | undefined;
};
