import { floats } from "../lanes";
/*
 * Scaled dot-product attention of many heads (Vaswani et al. 2017), a block of queries at a time, so that the scores of a whole
 * sequence never stand in memory (after Dao et al. 2022). The backward pass computes a block's weights again from the rows' log-sums.
 * Where there are more keys than queries, the queries are the last of the keys' places.
 */

/** Queries of a block: whole tiles, few enough that a causal block computes little that nobody sees. */
export const BLOCK: i32 = 24;

/** What all parts of one call share. A part is the heads of one sequence that share a key/value head. */
@unmanaged
export class Call {
  heads: i32;
  keyValueHeads: i32;
  queries: i32;
  keys: i32;
  /** Features of a head. */
  features: i32;
  causal: bool;
  /** How many keys up to its own place a query sees; 0 for all. */
  window: i32;
  scale: f32;
  /** f32 [heads]: ALiBi's slopes, or 0. */
  slopes: usize;
  /** i32 [batch]: how many keys of each sequence are no padding, or 0. */
  lengths: usize;
  /** [batch, queries, heads * features] */
  query: usize;
  /** [batch, keys, 2 * keyValueHeads * features]: the keys' features, then the values'. */
  keyValues: usize;
  /** As `query`. */
  out: usize;
  /** [batch, heads, queries]: the logarithm of the sum of each row's exponentials. */
  logSums: usize;
  /** The gradients, of the shapes of `out`, `query` and `keyValues`; of the backward pass. */
  dOut: usize;
  dQuery: usize;
  dKeyValues: usize;
  /** `threads` times `scratchBytes`. */
  scratch: usize;
  scratchBytes: usize;
}

/** The one call under way. */
export const CALL: usize = memory.data(offsetof<Call>(), 16);

// @ts-ignore: decorator
@inline
export function padded(count: i32): i32 {
  return (count + 7) & ~7;
}

/** Numbers between the rows of queries and of keys. */
// @ts-ignore: decorator
@inline
export function queryStride(call: Call): i32 {
  return call.heads * call.features;
}
// @ts-ignore: decorator
@inline
export function keyStride(call: Call): i32 {
  return 2 * call.keyValueHeads * call.features;
}

/** How many keys of a sequence are no padding. */
// @ts-ignore: decorator
@inline
export function lengthOf(call: Call, sequence: i32): i32 {
  return call.lengths == 0 ? call.keys : load<i32>(call.lengths + floats(sequence));
}

/** A query's place among the keys. */
// @ts-ignore: decorator
@inline
export function placeOf(call: Call, query: i32): i32 {
  return call.keys - call.queries + query;
}

/** The first key that a query at this place sees. */
// @ts-ignore: decorator
@inline
export function firstKey(call: Call, place: i32): i32 {
  return call.window > 0 ? max(0, place - call.window + 1) : 0;
}

/** The key after the last one that a query at this place sees. */
// @ts-ignore: decorator
@inline
export function endKey(call: Call, place: i32, length: i32): i32 {
  return call.causal ? min(length, place + 1) : length;
}
