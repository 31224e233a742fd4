import { concat, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import type { DenseParams } from "@refrain/core";
import { gpt, type GptParams } from "@refrain/models";
import type { EncoderLayerParams } from "@refrain/transformer";
import { type Operation, withPrefix } from "./case.ts";
import { trajectory } from "./trajectory.ts";
import { encoderLayerParams } from "./transformer.ts";

/** The heads of the case's attention, which its config leaves to make.py. */
const HEADS = 2;

/** A whole training run of a small GPT; PyTorch's stack of encoder layers is its body. */
export const trainGpt: Operation = (golden) => {
  const start = withPrefix(golden, "param.");
  const [vocabulary, features] = golden.get("param.token.weight").shape as [number, number];
  const [context] = golden.get("param.position.weight").shape as [number, number];
  const layers = Object.keys(start).filter((name) => name.endsWith("linear1.weight")).length;
  const model = gpt({ vocabulary, context, features, heads: HEADS, layers, tied: false });
  const blocks = Array.from({ length: layers }, (_, i) => `blocks.layers.${i}.`);
  const params = {
    embedding: { weight: start["token.weight"] },
    positions: { weight: start["position.weight"] },
    blocks: {
      layers: blocks.map((prefix) => encoderLayerParams(start, prefix)),
      norm: { weight: start["blocks.norm.weight"], bias: start["blocks.norm.bias"] },
    },
    head: { weight: start["head.weight"], bias: start["head.bias"] },
  } as GptParams;
  const { params: final, computed } = trajectory(golden, params, (p, tokens) => model.apply(p, { tokens: tokens as Tensor2D }).logits);
  const names: Record<string, unknown> = {
    "token.weight": final.embedding.weight,
    "position.weight": final.positions?.weight,
    ...Object.assign({}, ...blocks.map((prefix, i) => torchNames(prefix, final.blocks.layers[i] as EncoderLayerParams))),
    "blocks.norm.weight": final.blocks.norm?.weight,
    "blocks.norm.bias": (final.blocks.norm as { bias: Tensor }).bias,
    "head.weight": final.head?.weight,
    "head.bias": final.head?.bias,
  };
  return { ...computed, ...Object.fromEntries(Object.entries(names).map(([name, tensor]) => [`out.final.${name}`, tensor as Tensor])) };
};

/** The parameters of a block under PyTorch's names. */
function torchNames(prefix: string, { attentionNorm, attention, feedForwardNorm, feedForward }: EncoderLayerParams): Record<string, Tensor> {
  const { query, keyValue, output } = attention;
  const dense = (name: string, { weight, bias }: DenseParams) => ({ [`${prefix}${name}.weight`]: weight, [`${prefix}${name}.bias`]: bias as Tensor });
  return {
    [`${prefix}self_attn.in_proj_weight`]: concat([query.weight, keyValue.weight]),
    [`${prefix}self_attn.in_proj_bias`]: concat([query.bias as Tensor, keyValue.bias as Tensor]),
    ...dense("self_attn.out_proj", output),
    ...dense("linear1", feedForward.up),
    ...dense("linear2", feedForward.down),
    ...dense("norm1", attentionNorm as unknown as DenseParams),
    ...dense("norm2", feedForwardNorm as unknown as DenseParams),
  };
}
