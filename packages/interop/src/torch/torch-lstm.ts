import type { BothDirections, LstmParams } from "@refrain/cells";
import type { Mapping } from "../contract.ts";
import { mapping } from "../mapping.ts";
import { type RecurrentConfig, type RecurrentLayerParams, recurrentParts } from "./recurrent.ts";

/**
 * The parameters of torch.nn.LSTM, of any number of layers, with or without proj_size: a list, bottom first, as those of `stack`;
 * of a bidirectional one as those of `deep` over `bidirectional` layers.
 */
export function torchLstm(config?: RecurrentConfig & { readonly bidirectional?: false }): Mapping<readonly LstmParams[]>;
export function torchLstm(config: RecurrentConfig & { readonly bidirectional: true }): Mapping<readonly BothDirections<LstmParams, LstmParams>[]>;
export function torchLstm(config: RecurrentConfig = {}): Mapping<readonly RecurrentLayerParams[]> {
  return mapping("torchLstm", recurrentParts("torchLstm", config));
}
