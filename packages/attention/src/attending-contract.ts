import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { DenseParams, Layer } from "@refrain/core";
import type { SimilarityParams } from "./similarity.ts";

/** The parameters of an attending decoder, `P` being its cell's. */
export type AttendingDecoderParams<P> = {
  readonly cell: P;
  /** Of the similarity, where it has any. */
  readonly score?: SimilarityParams;
  /** `weight` [features, memoryFeatures + hidden]: makes the output of what was found and the cell's own. */
  readonly combine: DenseParams;
};

/** What an attending decoder carries from step to step: a plain tree, whose rows can be gathered, as beam search does. */
export type AttendingState<S> = {
  /** The cell's own state. */
  readonly cell: S;
  /** [batch, hidden]: the cell's last output, which the next query is written from; only of `query: "last"`. */
  readonly hidden?: Tensor2D;
  /** [batch, features]: the last output, which the cell reads next; only with input feeding. */
  readonly attended?: Tensor2D;
  /** [batch, key]: the sum of all weights so far; only with coverage. */
  readonly coverage?: Tensor2D;
};

/** A memory made ready for many steps: a plain tree. */
export type Remembered = {
  /** [batch, key, memoryFeatures] */
  readonly memory: Tensor3D;
  /** [batch, key, ..]: what the similarity makes of the memory, where it makes something. */
  readonly keys?: Tensor3D;
  /** [batch, 1, key], where there are lengths. */
  readonly mask?: Tensor3D;
};

/** What an attending decoder reads: a sequence, and the memory that it attends to. */
export type AttendingInput<S> = {
  /** [batch, time, input] */
  readonly x: Tensor3D;
  /** [batch, key, memoryFeatures]: what is read, an encoder's outputs or a picture's locations. */
  readonly memory: Tensor3D;
  /** [batch]: how many items of each memory are no padding; all by default. */
  readonly memoryLengths?: readonly number[] | undefined;
  /**
   * Before the first step: an earlier call's, or an encoder's last as `{ cell }`, with its output as `hidden` where the first query is
   * written from that. What is missing starts at zeros.
   */
  readonly state?: Partial<AttendingState<S>> | undefined;
};

/** What an attending decoder makes of whole sequences. */
export type AttendingOutput<S> = {
  /** [batch, time, features] */
  readonly outputs: Tensor3D;
  /** [batch, time, key]: where each step looked. */
  readonly weights: Tensor3D;
  readonly state: AttendingState<S>;
};

/** What an attending decoder makes of one step. */
export type AttendingStep<S> = {
  /** [batch, features] */
  readonly output: Tensor2D;
  /** [batch, key] */
  readonly weights: Tensor2D;
  readonly state: AttendingState<S>;
};

/** A recurrent net that attends to a memory at each step: over whole sequences, or step by step. */
export type AttendingDecoder<P, S> = Layer<AttendingDecoderParams<P>, AttendingInput<S>, AttendingOutput<S>> & {
  /** Features of an input: those of the cell's that nothing else is fed into. */
  readonly inputSize: number;
  /** Features of an output. */
  readonly outputSize: number;
  /** Does once what need not be done at each step. `lengths` as `memoryLengths`. */
  remember(params: AttendingDecoderParams<P>, memory: Tensor3D, lengths?: readonly number[]): Remembered;
  /** One step, for writing token by token; `x` [batch, input]. What is missing of the state starts at zeros. */
  step(params: AttendingDecoderParams<P>, state: Partial<AttendingState<S>>, x: Tensor2D, remembered: Remembered): AttendingStep<S>;
};
