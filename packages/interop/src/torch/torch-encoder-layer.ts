import type { EncoderLayerParams } from "@refrain/transformer";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts, withPrefix } from "../mapping.ts";
import { readFeedForward, writeFeedForward } from "./feed-forward.ts";
import { readLayerNorm, writeLayerNorm } from "./layer-norm.ts";
import { multiHeadParts } from "./torch-multi-head.ts";

const WHAT = "torchEncoderLayer";

/**
 * The parameters of torch.nn.TransformerEncoderLayer: self_attn, linear1, linear2, norm1, norm2. Its defaults are ours with
 * `order: "post"`; norm_first is `order: "pre"`. RMS norms and SwiGLU have no counterpart.
 */
export function torchEncoderLayer(): Mapping<EncoderLayerParams> {
  return mapping(WHAT, encoderLayerParts);
}

/** See `torchEncoderLayer`. */
export const encoderLayerParts: Parts<EncoderLayerParams> = {
  read(reader) {
    const attention = multiHeadParts.read(reader.within("self_attn."));
    const [features] = attention.query.weight.shape;
    return {
      attentionNorm: readLayerNorm(reader.within("norm1."), features),
      attention,
      feedForwardNorm: readLayerNorm(reader.within("norm2."), features),
      feedForward: readFeedForward(reader, features),
    };
  },
  write({ attentionNorm, attention, feedForwardNorm, feedForward }) {
    const biased = attention.output.bias !== undefined;
    return {
      ...withPrefix("self_attn.", multiHeadParts.write(attention)),
      ...writeFeedForward(WHAT, feedForward),
      ...withPrefix("norm1.", writeLayerNorm(WHAT, attentionNorm, biased)),
      ...withPrefix("norm2.", writeLayerNorm(WHAT, feedForwardNorm, biased)),
    };
  },
};
