import type { Pointer } from "../kernels.ts";
import type { PackedMatrix } from "./packed-matrix.ts";

/** A packed matrix [outputs, inputs] and where its bias [outputs] lies, 0 for none. */
export type Linear = { readonly matrix: PackedMatrix; readonly bias: Pointer };

/** Where a norm's factors and biases lie, [features] each; an RMS norm has no biases. */
export type NormAt = { readonly weight: Pointer; readonly bias: Pointer };

/** `keyValue` gives [rows, 2 * keyValueHeads * size]: the keys, then the values. Where keys are not turned, their part of its bias is 0 (see `multiHead`). */
export type AttentionWeights = { readonly query: Linear; readonly keyValue: Linear; readonly output: Linear };

/** The weights of a block's feed-forward part; `gate` where its activation is gated. */
export type FeedForwardWeights = { readonly up: Linear; readonly gate?: Linear | undefined; readonly down: Linear };

/** A layer's weights, which must outlive the stack. */
export type BlockLayer = {
  readonly attentionNorm: NormAt;
  readonly attention: AttentionWeights;
  /** Of a decoder that looks at a memory. */
  readonly crossNorm?: NormAt;
  readonly cross?: AttentionWeights;
  readonly feedForwardNorm: NormAt;
  readonly feedForward: FeedForwardWeights;
};

/** What all layers of a stack have in common. */
export type BlockShape = {
  readonly features: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Features inside the feed-forward nets. */
  readonly inner: number;
  readonly norm: "layer" | "rms";
  /** Added to the variance, or to the mean square where the norms are RMS norms. */
  readonly epsilon: number;
  /** Where the norms stand: before each part, or after it. */
  readonly order: "pre" | "post";
  readonly activation: "relu" | "gelu" | "gelu-tanh" | "swiglu";
  /** Whether a place sees those before it and itself alone. */
  readonly causal: boolean;
  /** Turns queries, or keys, of some heads at a place, in place: rotary positions. It gets views of the heap, and so must ask it for nothing. */
  readonly turn?: ((vectors: Float32Array, place: number) => void) | undefined;
  /** ALiBi's, one a head. */
  readonly slopes?: readonly number[] | undefined;
};

/** A text that is read: where its keys and values are. */
export type TextPlace = {
  /** Places that were read before. */
  readonly before: number;
  /** Where a layer's keys and values [before + count, width] lie; the last `count` rows are to be written. It asks the heap for nothing. */
  rows(layer: number): Pointer;
  /** The keys and values [length, width] that a layer made of a memory. */
  memory?(layer: number): Pointer;
  readonly memoryLength?: number;
  /** Told of the queries [count, features] that a layer looks at the memory with. */
  looked?(layer: number, query: Pointer): void;
};
