import type { EncoderParams } from "@refrain/transformer";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts } from "../mapping.ts";
import { stackParts } from "./stack-parts.ts";
import { encoderLayerParts } from "./torch-encoder-layer.ts";

/** The parameters of torch.nn.TransformerEncoder, of any number of layers, with or without a final norm. See `torchEncoderLayer`. */
export function torchEncoder(): Mapping<EncoderParams> {
  return mapping("torchEncoder", encoderParts);
}

/** See `torchEncoder`. */
export const encoderParts: Parts<EncoderParams> = stackParts("torchEncoder", encoderLayerParts);
