import type { BothDirections, RecurrentParams } from "@refrain/cells";
import type { Mapping } from "../contract.ts";
import { mapping } from "../mapping.ts";
import { type RecurrentConfig, type RecurrentLayerParams, recurrentParts } from "./recurrent.ts";

/**
 * The parameters of torch.nn.RNN, of any number of layers: a list, bottom first, as those of `stack`; of a bidirectional one as those of
 * `deep` over `bidirectional` layers. The nonlinearity, tanh or relu, is for the caller to know.
 */
export function torchRnn(config?: RecurrentConfig & { readonly bidirectional?: false }): Mapping<readonly RecurrentParams[]>;
export function torchRnn(config: RecurrentConfig & { readonly bidirectional: true }): Mapping<readonly BothDirections<RecurrentParams, RecurrentParams>[]>;
export function torchRnn(config: RecurrentConfig = {}): Mapping<readonly RecurrentLayerParams[]> {
  return mapping("torchRnn", recurrentParts("torchRnn", config));
}
