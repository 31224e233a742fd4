import type { Tensor } from "@tensorflow/tfjs-core";

/** How well each key answers each query: query [.., query, features] and keys [.., key, features] to [.., query, key]. */
export type Score = (query: Tensor, keys: Tensor) => Tensor;

/** What a parametric similarity scores. */
export type ScoreInput = {
  /** [.., query, features] */
  readonly query: Tensor;
  /** [.., key, features] */
  readonly keys: Tensor;
};

/** Which keys each query may see: 1 (or true) where it may, else 0; [.., query, key] or what broadcasts to it. */
export type Mask = Tensor;

/** What was read, and how much of it came from each key. */
export type Attended = {
  /** [.., query, value features] */
  readonly output: Tensor;
  /** [.., query, key], each row summing to 1, or to 0 where the query may see no key. */
  readonly weights: Tensor;
};
