import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Key } from "@refrain/sampling";

/** What a saved config may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Leaves in nested plain objects and arrays; the path "a.0.b" names a leaf in files. What is undefined is not there. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> | undefined };

/** Parameters, gradients, optimizer state: trees of tensors. */
export type TensorTree = Tree<Tensor>;

/** How a layer runs: for inference, or for training with a random key (dropout). */
export type Mode = "inference" | { readonly training: Key };

/** A record of pure functions over parameters that are passed in. */
export type Layer<P, In, Out> = {
  /** "dense", "embedding": what a saved config says. */
  readonly kind: string;
  /** Enough to build the layer again. */
  readonly config: Json;
  /** Fresh parameters from an explicit random key. */
  init(key: Key): P;
  /** The layer's output. The mode is inference unless it is given. */
  apply(params: P, input: In, mode?: Mode): Out;
};

/** Sequences whose inputs are rows of a table, as an embedding's are: a kernel then projects each row that occurs once only. */
export type TableRows = {
  /** [rows, input] */
  readonly table: Tensor2D;
  /** int32 [batch, time] */
  readonly indices: Tensor2D;
};

/** The inputs of a recurrent net: [batch, time, input], or rows of a table. */
export type SequenceInput = Tensor3D | TableRows;

/** How a net runs over sequences: forwards in inference, unless said otherwise. */
export type SequencePass = {
  /** From each sequence's last step to its first. Outputs stand at the steps that they belong to. */
  readonly reverse?: boolean | undefined;
  readonly mode?: Mode | undefined;
};

/** One time step of a recurrent net. */
export type Cell<P, S> = {
  readonly kind: string;
  readonly config: Json;
  /** Features of an input. */
  readonly inputSize: number;
  /** Features of an output: the hidden units, or an LSTM's projection. */
  readonly hiddenSize: number;
  /** Fresh parameters from an explicit random key. */
  init(key: Key): P;
  /** The state before the first step: zeros. Its fields are named, { h } or { h, c }, and have a row for each sequence: [batch, hidden]. */
  initialState(batch: number): S;
  /**
   * One step; `x` and the output are [batch, input] and [batch, hidden]. `recurrentInput` [batch, hidden] is what the recurrent
   * products read in the place of the state's h (dropout masks it); what the state carries on is h all the same.
   */
  step(params: P, state: S, x: Tensor2D, recurrentInput?: Tensor2D): { readonly state: S; readonly output: Tensor2D };
  /**
   * All steps of `x` as one operation, or undefined where the backend has no kernel for it.
   * `lengths` [batch]: steps of each sequence; what lies beyond gives zeros and leaves the state alone.
   */
  sequence?(
    params: P,
    state: S,
    x: SequenceInput,
    lengths?: readonly number[],
    pass?: SequencePass,
  ): { readonly state: S; readonly outputs: Tensor3D } | undefined;
  /**
   * The cell for one run over a batch in training, step by step: dropout draws its masks here. A cell without it runs in training
   * as in inference. `rows` [batch] says which sequence each row of a step is; a step may have fewer rows, the first of them.
   */
  prepare?(key: Key, rows: ArrayLike<number>): Cell<P, S>;
};
