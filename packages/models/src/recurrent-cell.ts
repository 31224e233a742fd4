import { type CellSizes, gru, type HiddenState, lstm, type LstmParams, type LstmState, rnn, stack } from "@refrain/cells";
import type { Cell } from "@refrain/core";

/** "peephole-lstm" has diagonal peepholes; it is composed on every backend, the others have fused kernels. */
export type CellName = "rnn" | "lstm" | "gru" | "peephole-lstm";

/** What a cell carries on: an LSTM h and c, the others h. */
export type CellState = LstmState | HiddenState;

/** The state of each layer, bottom first. */
export type RecurrentState = readonly CellState[];

const CELLS = { rnn, lstm, gru, "peephole-lstm": (sizes: CellSizes) => lstm({ ...sizes, peepholes: "diagonal" }) };

/** The cell that a model's config names. @throws {TypeError} when there is none of that name. */
export function recurrentCell(model: string, name: CellName, sizes: CellSizes): Cell<LstmParams, CellState> {
  if (!Object.hasOwn(CELLS, name)) throw new TypeError(`${model}: cell must be one of ${Object.keys(CELLS).join(", ")}, but is ${JSON.stringify(name)}.`);
  return CELLS[name](sizes) as Cell<LstmParams, CellState>;
}

/** So many of them on top of each other; the bottom one reads `input` features. Parameters and states are bottom first. */
export function recurrentStack(
  model: string,
  name: CellName,
  { input, hidden, layers }: CellSizes & { readonly layers: number },
): Cell<readonly LstmParams[], RecurrentState> {
  return stack(Array.from({ length: layers }, (_, i) => recurrentCell(model, name, { input: i === 0 ? input : hidden, hidden })));
}
