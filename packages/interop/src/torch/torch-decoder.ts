import type { DecoderParams } from "@refrain/transformer";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts } from "../mapping.ts";
import { stackParts } from "./stack-parts.ts";
import { decoderLayerParts } from "./torch-decoder-layer.ts";

/** The parameters of torch.nn.TransformerDecoder, of any number of layers, with or without a final norm. See `torchDecoderLayer`. */
export function torchDecoder(): Mapping<DecoderParams> {
  return mapping("torchDecoder", decoderParts);
}

/** See `torchDecoder`. */
export const decoderParts: Parts<DecoderParams> = stackParts("torchDecoder", decoderLayerParts);
