import { type Cell, key } from "@refrain/core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { some } from "@refrain-tests/checks";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import type { CellSizes, RecurrentParams } from "./parameters.ts";
import { rnn } from "./rnn.ts";

export type State = Record<string, Tensor2D>;
export type AnyCell = Cell<RecurrentParams, State>;

/** Every cell in every form, by name. */
export const CELLS: readonly (readonly [string, (sizes: CellSizes) => AnyCell])[] = [
  ["rnn with tanh", (sizes) => rnn(sizes)],
  ["rnn with relu", (sizes) => rnn({ ...sizes, nonlinearity: "relu" })],
  ["lstm", (sizes) => lstm(sizes)],
  ["gru with reset after", (sizes) => gru(sizes)],
  ["gru with reset before", (sizes) => gru({ ...sizes, reset: "before" })],
];

/** A state that is not zeros. */
export function someState(cell: AnyCell, batch: number, seed: number): State {
  return Object.fromEntries(Object.keys(cell.initialState(1)).map((name, i) => [name, some([batch, cell.hiddenSize], seed + i, 0.5) as Tensor2D]));
}

/** Parameters of a cell, the same for the same seed. */
export function someParams(cell: AnyCell, seed: number): RecurrentParams {
  return cell.init(key(seed));
}
