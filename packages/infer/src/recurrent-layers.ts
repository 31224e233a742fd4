import { CELLS, type CellKind, type RecurrentLayer } from "@refrain/kernels/nets";
import type { Parameters } from "./parameters.ts";

/** The cells that a config names. */
export type CellName = "rnn" | "lstm" | "gru" | "peephole-lstm";

export const CELL_NAMES: readonly CellName[] = ["rnn", "lstm", "gru", "peephole-lstm"];

/** The kind of kernel that steps a cell. */
export function kernelOf(cell: CellName): CellKind {
  return cell === "rnn" ? "rnn-tanh" : cell;
}

/** The weights of a layer at a path. */
export function recurrentLayer(params: Parameters, path: string, cell: CellName, input: number, hidden: number): RecurrentLayer {
  const gates = CELLS[kernelOf(cell)].gates * hidden;
  const bias = (name: string) => (params.has(`${path}.${name}`) ? params.vector(`${path}.${name}`, gates) : 0);
  const factors = (gate: string) => params.vector(`${path}.peepholes.${gate}`, hidden);
  return {
    ofInput: params.matrix(`${path}.weightInput`, gates, input),
    ofHidden: params.matrix(`${path}.weightHidden`, gates, hidden),
    biasInput: bias("biasInput"),
    biasHidden: bias("biasHidden"),
    ...(cell === "peephole-lstm" && { peepholes: { input: factors("input"), forget: factors("forget"), output: factors("output") } }),
  };
}

/** The weights of layers on top of each other: `PATH.0`, `PATH.1` and so on, the bottom one reading `input` features. */
export function recurrentLayers(params: Parameters, path: string, cell: CellName, input: number, hidden: number, layers: number): RecurrentLayer[] {
  const found: RecurrentLayer[] = [];
  // One by one, so that a damaged count ends at the first layer that is missing.
  for (let i = 0; i < layers; i++) found.push(recurrentLayer(params, `${path}.${i}`, cell, i === 0 ? input : hidden, hidden));
  return found;
}
