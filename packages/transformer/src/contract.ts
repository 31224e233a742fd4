import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Mask, MultiHeadConfig } from "@refrain/attention";

/** What all blocks are made by. */
export type BlockConfig = Pick<MultiHeadConfig, "features" | "heads" | "keyValueHeads" | "bias" | "causal" | "window" | "positions" | "rotaryPairs"> & {
  /** Features inside the feed-forward net; 4 * features by default. */
  readonly hidden?: number;
  /** Of the feed-forward net; relu by default, as in the paper. */
  readonly activation?: Activation;
  /** Where the norms stand: before each part ("pre", the default; Xiong et al. 2020), or after its residual sum ("post", as the paper). */
  readonly order?: "pre" | "post";
  /** Which norm; layer norm by default. */
  readonly norm?: "layer" | "rms";
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number;
  /** The share that is dropped of the attention's weights, inside the feed-forward net and of each part's output while training; 0 by default. */
  readonly dropout?: number;
};

/** Of the feed-forward net. "swiglu" has a third matrix, as a gate (Shazeer 2020). */
export type Activation = "relu" | "gelu" | "gelu-tanh" | "swiglu";

/** What an encoder reads. */
export type EncoderInput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** [batch]: how many places of each sequence are no padding; all by default. */
  readonly lengths?: readonly number[] | undefined;
  /** What else hides places from each other; see `multiHead`. */
  readonly mask?: Mask | undefined;
  /** Whether the attention weights are wanted. */
  readonly weights?: boolean | undefined;
};

/** What a decoder reads: a target, and the memory of its source. */
export type DecoderInput = EncoderInput & {
  /** [batch, source, features]: what the encoder made of the source. */
  readonly memory: Tensor3D;
  /** [batch]: how many places of each source are no padding; all by default. */
  readonly memoryLengths?: readonly number[] | undefined;
};
