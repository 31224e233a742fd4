/**
 * Changes the logits of one step, in place: [classes]. A token that may not come gets -Infinity; at least one must remain.
 * Filters work on plain arrays and are applied in the order they are given.
 */
export type Filter = (logits: Float32Array) => void;

/** Picks a token from the logits of one step; it may change them. */
export type Sampler = (logits: Float32Array) => number;
