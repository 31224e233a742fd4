/**
 * Changes the logits of one step, in place: [classes]. A token that may not come gets -Infinity; at least one must remain.
 * `previous` are all tokens so far, the prompt included; [] where there is no history. Filters work on plain arrays, keep nothing
 * between calls, and are applied in the order they are given.
 */
export type Filter = (logits: Float32Array, previous: readonly number[]) => void;

/** Picks a token from the logits of one step, which it may change, after these tokens. */
export type Sampler = (logits: Float32Array, previous: readonly number[]) => number;
