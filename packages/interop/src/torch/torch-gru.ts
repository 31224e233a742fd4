import type { BothDirections, GruParams } from "@refrain/cells";
import type { Mapping } from "../contract.ts";
import { mapping } from "../mapping.ts";
import { type RecurrentConfig, type RecurrentLayerParams, recurrentParts } from "./recurrent.ts";

/**
 * The parameters of torch.nn.GRU, of any number of layers: a list, bottom first, as those of `stack`; of a bidirectional one as those of
 * `deep` over `bidirectional` layers. The reset gate acts after the product, as in our `gru` unless it is made with `reset: "before"`,
 * which PyTorch has not; the parameters do not tell.
 */
export function torchGru(config?: RecurrentConfig & { readonly bidirectional?: false }): Mapping<readonly GruParams[]>;
export function torchGru(config: RecurrentConfig & { readonly bidirectional: true }): Mapping<readonly BothDirections<GruParams, GruParams>[]>;
export function torchGru(config: RecurrentConfig = {}): Mapping<readonly RecurrentLayerParams[]> {
  return mapping("torchGru", recurrentParts("torchGru", config));
}
