import { type Key, layerNorm as norm, type LayerNormParams } from "@refrain/core";
import { type CellSizes, initRecurrent, type RecurrentParams } from "./parameters.ts";

/** The sizes of a GRU, and which of its forms it is. */
export type GruConfig = CellSizes & {
  /** Where the reset gate acts: "after" the recurrent product (the default) or "before" it. */
  readonly reset?: "after" | "before" | undefined;
  /** Whether sums are normalised (Ba et al. 2016); they are not by default. */
  readonly layerNorm?: boolean | undefined;
};

/** Norms of the sums of both gates together [2 * hidden], and of the candidate's [hidden]. */
export type GruNorms = { readonly gates: LayerNormParams; readonly candidate: LayerNormParams };

/** The parameters of a GRU: rows of the reset gate, the update gate and the candidate. */
export type GruParams = RecurrentParams & {
  /** Of the sums from the input, and of those from the hidden state. */
  readonly norms?: { readonly input: GruNorms; readonly hidden: GruNorms };
};

/** Fresh parameters, uniform in +-1/sqrt(hidden), norms at one and zero. */
export function initGru(key: Key, { input, hidden, bias, layerNorm }: GruConfig): GruParams {
  const fresh = (features: number) => norm({ features }).init(key);
  const norms = () => ({ gates: fresh(2 * hidden), candidate: fresh(hidden) });
  return { ...initRecurrent(key, 3, { input, hidden, bias }), ...(layerNorm && { norms: { input: norms(), hidden: norms() } }) };
}

/** @throws {Error} when parameters have norms that the config does not name, or lack those that it names. */
export function checkGruParams({ layerNorm = false }: GruConfig, { norms }: GruParams): void {
  if (layerNorm !== (norms !== undefined)) throw new Error(`gru: layerNorm is ${layerNorm}, but the parameters have ${norms ? "norms" : "no norms"}.`);
}
