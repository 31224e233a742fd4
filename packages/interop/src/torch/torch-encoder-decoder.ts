import type { EncoderDecoderParams } from "@refrain/transformer";
import type { Mapping } from "../contract.ts";
import { mapping, withPrefix } from "../mapping.ts";
import { decoderParts } from "./torch-decoder.ts";
import { encoderParts } from "./torch-encoder.ts";

/**
 * The parameters of torch.nn.Transformer: encoder and decoder, each with a final norm whatever its order, so that `encoderDecoder` is to
 * be made with `finalNorm: true`, and unless it is norm_first with `order: "post"`.
 */
export function torchEncoderDecoder(): Mapping<EncoderDecoderParams> {
  return mapping("torchEncoderDecoder", {
    read: (reader) => ({ encoder: encoderParts.read(reader.within("encoder.")), decoder: decoderParts.read(reader.within("decoder.")) }),
    write: ({ encoder, decoder }) => ({ ...withPrefix("encoder.", encoderParts.write(encoder)), ...withPrefix("decoder.", decoderParts.write(decoder)) }),
  });
}
