import { type Cell, key, mapTree } from "@refrain/core";
import { add, type Tensor2D } from "@tensorflow/tfjs-core";
import { some } from "@refrain-tests/checks";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import type { CellSizes, RecurrentParams } from "./parameters.ts";
import { rnn } from "./rnn.ts";

export type State = Record<string, Tensor2D> & { h: Tensor2D };
export type AnyCell = Cell<RecurrentParams, State>;
type Named = readonly [string, (sizes: CellSizes) => AnyCell];

/** The cells that have no parameters but weights and biases, in every form, by name. */
export const PLAIN: readonly Named[] = [
  ["rnn with tanh", (sizes) => rnn(sizes)],
  ["rnn with relu", (sizes) => rnn({ ...sizes, nonlinearity: "relu" })],
  ["lstm", (sizes) => lstm(sizes)],
  ["gru with reset after", (sizes) => gru(sizes)],
  ["gru with reset before", (sizes) => gru({ ...sizes, reset: "before" })],
];

const half = (sizes: CellSizes) => Math.ceil(sizes.hidden / 2);

/** Every cell in every form, by name. */
export const CELLS: readonly Named[] = [
  ...PLAIN,
  ["lstm with diagonal peepholes", (sizes) => lstm({ ...sizes, peepholes: "diagonal" })],
  ["lstm with full peepholes", (sizes) => lstm({ ...sizes, peepholes: "full" })],
  ["lstm with projection", (sizes) => lstm({ ...sizes, projection: half(sizes) })],
  ["lstm with layer norm", (sizes) => lstm({ ...sizes, layerNorm: true })],
  ["lstm with all of these", (sizes) => lstm({ ...sizes, peepholes: "full", projection: half(sizes), layerNorm: true })],
  ["gru with layer norm", (sizes) => gru({ ...sizes, layerNorm: true })],
  ["gru with layer norm and reset before", (sizes) => gru({ ...sizes, reset: "before", layerNorm: true })],
];

/** Sizes at which two ways to the same numbers agree: the norm of few features, when they are nearly alike, magnifies rounding. */
export function roomy<Sizes extends CellSizes>(name: string, sizes: Sizes): Sizes {
  return /norm|all/.test(name) ? { ...sizes, hidden: 14 + sizes.hidden } : sizes;
}

/** A state that is not zeros. */
export function someState(cell: AnyCell, batch: number, seed: number): State {
  return mapTree(cell.initialState(batch), ({ shape }, path) => some(shape, seed + path.charCodeAt(0), 0.5));
}

/** Parameters of a cell, the same for the same seed; its norms are not at one and zero, where they start. */
export function someParams(cell: AnyCell, seed: number): RecurrentParams {
  return mapTree(cell.init(key(seed)), (leaf, path) => (path.startsWith("norms") ? add(leaf, some(leaf.shape, seed + path.length, 0.3)) : leaf));
}
