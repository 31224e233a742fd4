import type { Tensor3D } from "@tensorflow/tfjs-core";
import { type Cell, checkLengths, disposeTree, type Layer, named, type SequenceInput, type TensorTree } from "@refrain/core";
import { runCell } from "./run-cell.ts";

/** What a recurrence reads. */
export type RecurrenceInput<S> = {
  /** [batch, time, input], or rows of a table (an embedding's tokens), which kernels project once for each different row. */
  readonly x: SequenceInput;
  /** Steps of each sequence, [batch]; all of them by default. Beyond, outputs are zeros and the state stays. */
  readonly lengths?: readonly number[] | undefined;
  /** The state before the first step; the cell's own initial state by default. */
  readonly state?: S | undefined;
};

/** What a recurrence gives. */
export type RecurrenceOutput<S> = {
  /** [batch, time, hidden] */
  readonly outputs: Tensor3D;
  /** The state after each sequence's last step; in reverse, after its first. */
  readonly state: S;
};

/** A layer over sequences: what `recurrence` makes of a cell, and `bidirectional` and `deep` of several. */
export type SequenceLayer<P, S> = Layer<P, RecurrenceInput<S>, RecurrenceOutput<S>> & {
  /** Features of an input. */
  readonly inputSize: number;
  /** Features of an output. */
  readonly outputSize: number;
};

/** In which direction sequences are read. */
export type RecurrenceConfig = {
  /** Whether each sequence is read from its last step to its first; outputs stand at the steps that they belong to. */
  readonly reverse?: boolean;
};

/**
 * Runs a cell over whole sequences: by one fused kernel where the backend has it, else step by step. The numbers are the same.
 * What lies beyond the lengths is neither computed nor looked at, on either way.
 *
 * @throws {Error} when `x` is not [batch, time, input] with the cell's input size and at least one step.
 * @throws {RangeError} unless the lengths are whole numbers from 0 to time, one a sequence.
 */
export function recurrence<P extends TensorTree, S extends TensorTree>(cell: Cell<P, S>, { reverse = false }: RecurrenceConfig = {}): SequenceLayer<P, S> {
  return {
    kind: "recurrence",
    config: { cell: { kind: cell.kind, config: cell.config }, reverse },
    inputSize: cell.inputSize,
    outputSize: cell.hiddenSize,
    init: (key) => cell.init(key),
    apply(params, { x, lengths, state }, mode = "inference") {
      const shape = "table" in x ? [...x.indices.shape, x.table.shape[1]] : x.shape;
      const [batch, time, input] = shape as [number, number, number];
      if (shape.length !== 3 || input !== cell.inputSize || time < 1) {
        throw new Error(`recurrence: x must be [batch, time, ${cell.inputSize}] with at least one step, but is [${shape}].`);
      }
      if ("table" in x && x.indices.dtype !== "int32") throw new Error(`recurrence: the indices must be int32, but are ${x.indices.dtype}.`);
      if (!("table" in x) && x.dtype !== "float32") throw new Error(`recurrence: x must be float32, but is ${x.dtype}. Cast it first.`);
      if (lengths) checkLengths(batch, time, lengths);
      if (state) checkState(cell, state, batch);
      return runCell(cell, params, state ?? cell.initialState(batch), x, lengths, { reverse, mode });
    },
  };
}

/** @throws {Error} when a state is not of the cell's form for this batch. */
function checkState<P extends TensorTree, S extends TensorTree>(cell: Cell<P, S>, state: S, batch: number): void {
  const shapes = (tree: S) => [...named(tree)].map(([path, { shape }]) => `${path} [${shape}]`).join(", ");
  const fresh = cell.initialState(batch);
  const expected = shapes(fresh);
  disposeTree(fresh);
  if (shapes(state) !== expected) throw new Error(`recurrence: the initial state must be ${expected}, but is ${shapes(state)}.`);
}
