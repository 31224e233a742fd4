import { concat, gather, pad, slice, squeeze, stack as pile, type Tensor, tensor1d, type Tensor2D, type Tensor3D, unstack, zeros } from "@tensorflow/tfjs-core";
import { type Cell, mapTree, named, planSequences, type SequenceInput, type SequencePass, type TensorTree } from "@refrain/core";
import { lookUp } from "./look-up.ts";
import type { RecurrenceOutput } from "./recurrence.ts";

/** Runs a cell over sequences: by one fused kernel where the backend has it, else step by step. See `recurrence`. */
export function runCell<P extends TensorTree, S extends TensorTree>(
  cell: Cell<P, S>,
  params: P,
  state: S,
  x: SequenceInput,
  lengths?: readonly number[],
  pass: SequencePass = {},
): RecurrenceOutput<S> {
  return cell.sequence?.(params, state, x, lengths, pass) ?? stepByStep(cell, params, state, x, lengths, pass);
}

/** Sequences are sorted, longest first: those that have a step are then the first rows, and only these are computed. */
function stepByStep<P extends TensorTree, S extends TensorTree>(
  cell: Cell<P, S>,
  params: P,
  start: S,
  x: SequenceInput,
  lengths: readonly number[] | undefined,
  { reverse = false, mode = "inference" }: SequencePass,
): RecurrenceOutput<S> {
  const [batch, time] = ("table" in x ? x.indices : x).shape as [number, number];
  const { order, counts } = planSequences(batch, time, lengths);
  const own = mode === "inference" ? cell : (cell.prepare?.(mode.training, order) ?? cell);
  const sorted = lengths && Array.from(order, (sequence) => lengths[sequence] as number);
  const inputs = stepsOf("table" in x ? lookUp({ table: x.table, indices: reorder(x.indices, order) }, sorted) : reorder(x, order));
  const outputs = new Array<Tensor>(time).fill(zeros([batch, cell.hiddenSize]), counts.length);
  let state = mapTree(start, (leaf) => reorder(leaf, order));
  const steps = [...counts.keys()];
  for (const step of reverse ? steps.reverse() : steps) {
    const running = counts[step] as number;
    const next = own.step(
      params,
      mapTree(state, (leaf) => first(leaf, running)),
      first(inputs[step] as Tensor2D, running),
    );
    state = running === batch ? next.state : withRest(next.state, state, running);
    outputs[step] =
      running === batch
        ? next.output
        : pad(next.output, [
            [0, batch - running],
            [0, 0],
          ]);
  }
  const places = order.map((_, sequence) => order.indexOf(sequence));
  return { outputs: reorder(pile(outputs, 1), places) as Tensor3D, state: mapTree(state, (leaf) => reorder(leaf, places)) };
}

/** [batch, time, input] as [batch, input] for each step. TensorFlow.js's unstack has no gradient when there is a single slice. */
function stepsOf(x: Tensor3D): Tensor2D[] {
  return x.shape[1] === 1 ? [squeeze(x, [1])] : (unstack(x, 1) as Tensor2D[]);
}

/** Rows in this order. */
function reorder<T extends Tensor>(x: T, order: Int32Array): T {
  return order.every((row, place) => row === place) ? x : gather(x, tensor1d(order, "int32"));
}

function first<T extends Tensor>(x: T, rows: number): T {
  return x.shape[0] === rows ? x : slice(x, 0, rows);
}

/** The new state of the first rows, and the old one of those that do not run. */
function withRest<S extends TensorTree>(next: S, last: S, running: number): S {
  const old = named(last);
  return mapTree(next, (leaf, path) => concat([leaf, slice(old.get(path) as Tensor, running)]));
}
