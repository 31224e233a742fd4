import type { DecoderLayerParams } from "@refrain/transformer";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts, withPrefix } from "../mapping.ts";
import { readFeedForward, writeFeedForward } from "./feed-forward.ts";
import { readLayerNorm, writeLayerNorm } from "./layer-norm.ts";
import { multiHeadParts } from "./torch-multi-head.ts";

const WHAT = "torchDecoderLayer";

/**
 * The parameters of torch.nn.TransformerDecoderLayer: self_attn, multihead_attn (to the memory), linear1, linear2, norm1, norm2, norm3.
 * Its defaults are ours with `order: "post"`; norm_first is `order: "pre"`. RMS norms and SwiGLU have no counterpart.
 */
export function torchDecoderLayer(): Mapping<DecoderLayerParams> {
  return mapping(WHAT, decoderLayerParts);
}

/** See `torchDecoderLayer`. */
export const decoderLayerParts: Parts<DecoderLayerParams> = {
  read(reader) {
    const attention = multiHeadParts.read(reader.within("self_attn."));
    const [features] = attention.query.weight.shape;
    return {
      attentionNorm: readLayerNorm(reader.within("norm1."), features),
      attention,
      crossNorm: readLayerNorm(reader.within("norm2."), features),
      cross: multiHeadParts.read(reader.within("multihead_attn.")),
      feedForwardNorm: readLayerNorm(reader.within("norm3."), features),
      feedForward: readFeedForward(reader, features),
    };
  },
  write({ attentionNorm, attention, crossNorm, cross, feedForwardNorm, feedForward }) {
    const biased = attention.output.bias !== undefined;
    return {
      ...withPrefix("self_attn.", multiHeadParts.write(attention)),
      ...withPrefix("multihead_attn.", multiHeadParts.write(cross)),
      ...writeFeedForward(WHAT, feedForward),
      ...withPrefix("norm1.", writeLayerNorm(WHAT, attentionNorm, biased)),
      ...withPrefix("norm2.", writeLayerNorm(WHAT, crossNorm, biased)),
      ...withPrefix("norm3.", writeLayerNorm(WHAT, feedForwardNorm, biased)),
    };
  },
};
