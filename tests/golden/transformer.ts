import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import type { DenseParams } from "@refrain/core";
import {
  type BlockConfig,
  decoderLayer,
  type DecoderLayerParams,
  encoderDecoder,
  encoderLayer,
  type EncoderLayerParams,
  type NormParams,
} from "@refrain/transformer";
import { lengthsOf, multiHeadParams } from "./attention.ts";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

type Tensors = Record<string, Tensor>;

const weightAndBias = (t: Tensors, prefix: string) => ({ weight: t[`${prefix}.weight`], bias: t[`${prefix}.bias`] });

/** PyTorch's TransformerEncoderLayer. */
export function encoderLayerParams(t: Tensors, prefix = ""): EncoderLayerParams {
  return {
    attentionNorm: weightAndBias(t, `${prefix}norm1`) as NormParams,
    attention: multiHeadParams(t, `${prefix}self_attn.`),
    feedForwardNorm: weightAndBias(t, `${prefix}norm2`) as NormParams,
    feedForward: { up: weightAndBias(t, `${prefix}linear1`) as DenseParams, down: weightAndBias(t, `${prefix}linear2`) as DenseParams },
  };
}

/** PyTorch's TransformerDecoderLayer. */
function decoderLayerParams(t: Tensors, prefix = ""): DecoderLayerParams {
  return {
    ...encoderLayerParams(t, prefix),
    crossNorm: weightAndBias(t, `${prefix}norm2`) as NormParams,
    cross: multiHeadParams(t, `${prefix}multihead_attn.`),
    feedForwardNorm: weightAndBias(t, `${prefix}norm3`) as NormParams,
  };
}

type Config = { d_model: number; heads: number; ff: number; layers?: number; causal?: boolean; norm_first?: boolean; activation?: "relu" | "gelu" };

function blockOf({ d_model, heads, ff, causal = false, norm_first = false, activation = "relu" }: Config): BlockConfig {
  return { features: d_model, heads, hidden: ff, causal, order: norm_first ? "pre" : "post", activation };
}

const encoderLayerCase: Operation = (golden) => {
  const layer = encoderLayer(blockOf(golden.config as unknown as Config));
  return differentiate(golden, (t) => ({ y: layer.apply(encoderLayerParams(t), { x: t.x as Tensor3D }).x }));
};

const decoderLayerCase: Operation = (golden) => {
  const layer = decoderLayer(blockOf(golden.config as unknown as Config));
  return differentiate(golden, (t) => ({ y: layer.apply(decoderLayerParams(t), { x: t.x as Tensor3D, memory: t.memory as Tensor3D }).x }));
};

/** PyTorch's Transformer: its norms stand after each part, and once more at the end of both stacks. */
const transformerCase: Operation = (golden) => {
  const config = golden.config as unknown as Config;
  const layers = config.layers as number;
  const model = encoderDecoder({ ...blockOf(config), finalNorm: true, encoderLayers: layers, decoderLayers: layers });
  const each = <T>(f: (i: number) => T) => Array.from({ length: layers }, (_, i) => f(i));
  return differentiate(golden, (t) => {
    const params = {
      encoder: { layers: each((i) => encoderLayerParams(t, `encoder.layers.${i}.`)), norm: weightAndBias(t, "encoder.norm") as NormParams },
      decoder: { layers: each((i) => decoderLayerParams(t, `decoder.layers.${i}.`)), norm: weightAndBias(t, "decoder.norm") as NormParams },
    };
    const { source, target, source_lengths } = t;
    return { y: model.apply(params, { source: source as Tensor3D, target: target as Tensor3D, sourceLengths: lengthsOf(source_lengths) }).x };
  });
};

export const transformerCases: Record<string, Operation> = {
  TransformerEncoderLayer: encoderLayerCase,
  TransformerDecoderLayer: decoderLayerCase,
  Transformer: transformerCase,
};
