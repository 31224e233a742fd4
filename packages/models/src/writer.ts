import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Layer, Mode } from "@refrain/core";

/** What a config says of what its model writes. */
export type WriterConfig = {
  /** Tokens that it knows to write, the marks of start and end among them. */
  readonly vocabulary: number;
  /** The token that it reads first, and never writes unless it is the mark of the end as well. */
  readonly start: number;
  /** The token that ends what it writes. */
  readonly end: number;
};

/** The target that a writer reads with teacher forcing. */
export type WriterTarget = {
  /** int32 [batch, time]: the mark of the start, then what shall be written (teacher forcing). */
  readonly target: Tensor2D;
  /** Whether the weights are wanted; not by default. */
  readonly weights?: boolean | undefined;
};

/** What a writer reads to go on with its target. */
export type WriterStep<S> = {
  /** int32 [batch, time]: what is read of the target after what the state stands for. */
  readonly tokens: Tensor2D;
  /** What `encode` gave, or an earlier call. */
  readonly state: S;
  /** As they were given to `encode`. */
  readonly sourceLengths?: readonly number[] | undefined;
  /** Whether the weights are wanted; not by default. */
  readonly weights?: boolean | undefined;
};

/** What a writer says of each token of its target. */
export type WriterOutput<S> = {
  /** [batch, time, vocabulary]: for each place, of the token after it. */
  readonly logits: Tensor3D;
  /** [batch, time, features]: what the output layer reads. */
  readonly hidden: Tensor3D;
  /** [batch, time, place]: where each token to come looked, where that was asked for and the model looks at places; each row sums to 1. */
  readonly weights?: Tensor3D | undefined;
  readonly state: S;
};

/**
 * A model that reads something, a sentence or a picture, and then writes tokens, one after the other. Its parts are there to go step by
 * step: what was read need not be read again. `S`, the state, is a plain tree of tensors.
 */
export type Writer<P, In, S> = Layer<P, In & WriterTarget, WriterOutput<S>> & {
  readonly config: WriterConfig;
  /** Reads: the state before the first token. */
  encode(params: P, input: In, mode?: Mode): S;
  /** Reads tokens that were written, and foretells those after them. */
  decode(params: P, step: WriterStep<S>, mode?: Mode): WriterOutput<S>;
};
