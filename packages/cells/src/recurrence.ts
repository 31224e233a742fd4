import { gather, squeeze, stack as pile, type Tensor, type Tensor2D, tensor2d, type Tensor3D, unstack, where, zerosLike } from "@tensorflow/tfjs-core";
import { type Cell, checkLengths, disposeTree, type Layer, mapTree, named, type SequenceInput, type TensorTree } from "@refrain/core";

export type RecurrenceInput<S> = {
  /** [batch, time, input], or rows of a table (an embedding's tokens), which kernels project once for each different row. */
  readonly x: SequenceInput;
  /** Steps of each sequence, [batch]; all of them by default. Beyond, outputs are zeros and the state stays. */
  readonly lengths?: readonly number[] | undefined;
  /** The state before the first step; the cell's own initial state by default. */
  readonly state?: S | undefined;
};

export type RecurrenceOutput<S> = {
  /** [batch, time, hidden] */
  readonly outputs: Tensor3D;
  /** The state after each sequence's last step. */
  readonly state: S;
};

/**
 * Runs a cell over whole sequences: by one fused kernel where the backend has it, else step by step. The numbers are the same.
 *
 * @throws {Error} when `x` is not [batch, time, input] with the cell's input size and at least one step.
 * @throws {RangeError} unless the lengths are whole numbers from 0 to time, one a sequence.
 */
export function recurrence<P extends TensorTree, S extends TensorTree>(cell: Cell<P, S>): Layer<P, RecurrenceInput<S>, RecurrenceOutput<S>> {
  return {
    kind: "recurrence",
    config: { cell: { kind: cell.kind, config: cell.config } },
    init: (key) => cell.init(key),
    apply(params, { x, lengths, state }) {
      const shape = "table" in x ? [...x.indices.shape, x.table.shape[1]] : x.shape;
      const [batch, time, input] = shape as [number, number, number];
      if (shape.length !== 3 || input !== cell.inputSize || time < 1) {
        throw new Error(`recurrence: x must be [batch, time, ${cell.inputSize}] with at least one step, but is [${shape}].`);
      }
      if ("table" in x && x.indices.dtype !== "int32") throw new Error(`recurrence: the indices must be int32, but are ${x.indices.dtype}.`);
      if (!("table" in x) && x.dtype !== "float32") throw new Error(`recurrence: x must be float32, but is ${x.dtype}. Cast it first.`);
      if (lengths) checkLengths(batch, time, lengths);
      if (state) checkState(cell, state, batch);
      const start = state ?? cell.initialState(batch);
      return (
        cell.sequence?.(params, start, x, lengths) ??
        stepByStep(cell, params, start, "table" in x ? (gather(x.table, x.indices) as Tensor as Tensor3D) : x, lengths)
      );
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

function stepByStep<P extends TensorTree, S extends TensorTree>(
  cell: Cell<P, S>,
  params: P,
  start: S,
  x: Tensor3D,
  lengths?: readonly number[],
): RecurrenceOutput<S> {
  let state = start;
  // TensorFlow.js's unstack has no gradient when there is a single slice.
  const inputs = x.shape[1] === 1 ? [squeeze(x, [1]) as Tensor2D] : (unstack(x, 1) as Tensor2D[]);
  const outputs = inputs.map((input, time) => {
    const next = cell.step(params, state, input);
    if (!lengths) {
      state = next.state;
      return next.output;
    }
    const running = tensor2d(
      lengths.map((length) => (time < length ? 1 : 0)),
      [lengths.length, 1],
      "bool",
    );
    state = choose(running, next.state, state);
    return where(running, next.output, zerosLike(next.output));
  });
  return { outputs: pile(outputs, 1) as Tensor3D, state };
}

/** For each sequence the new state while it is running, else the old one. */
function choose<S extends TensorTree>(running: Tensor2D, next: S, last: S): S {
  const old = named(last);
  return mapTree(next, (leaf, path) => where(running, leaf, old.get(path) as Tensor));
}
