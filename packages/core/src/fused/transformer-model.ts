import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** `weight` [outputs, inputs], `bias` [outputs] */
type Dense = { readonly weight: Tensor2D; readonly bias?: Tensor | undefined };

/** `weight`, `bias` [features]; an RMS norm has no bias. */
type Norm = { readonly weight: Tensor1D; readonly bias?: Tensor | undefined };

/** A causal Transformer of pre-norm blocks as the decoder wants it. The tensors must outlive the decoder. */
export type TransformerModel = {
  /** The most tokens that it reads. */
  readonly context: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Of all norms: added to the variance, or to the mean square where they are RMS norms. */
  readonly norm: "layer" | "rms";
  readonly epsilon: number;
  readonly activation: "relu" | "gelu" | "gelu-tanh" | "swiglu";
  /** [vocabulary, features] */
  readonly embedding: Tensor2D;
  /** [context, features]: what is added at each place; nothing by default. */
  readonly positions?: Float32Array | undefined;
  /** Turns queries, or keys, of some heads at a place, in place: rotary positions; none by default. */
  readonly turn?: ((vectors: Float32Array, place: number) => void) | undefined;
  /** ALiBi's, one a head; none by default. */
  readonly slopes?: readonly number[] | undefined;
  readonly layers: readonly {
    readonly attentionNorm: Norm;
    readonly attention: { readonly query: Dense; readonly keyValue: Dense; readonly output: Dense };
    readonly feedForwardNorm: Norm;
    readonly feedForward: { readonly up: Dense; readonly gate?: Dense; readonly down: Dense };
  }[];
  readonly finalNorm: Norm;
  /** `weight` [vocabulary, features] */
  readonly head: Dense;
};
