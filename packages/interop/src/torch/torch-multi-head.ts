import { concat, slice, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import type { MultiHeadParams } from "@refrain/attention";
import type { Mapping } from "../contract.ts";
import { mapping, type Parts, withPrefix } from "../mapping.ts";
import type { Reader } from "../reader.ts";
import { readDense } from "./dense.ts";

/**
 * The parameters of torch.nn.MultiheadAttention: in_proj_weight [3 * features, features], or, where keys have features of another number
 * (kdim = vdim), q_proj_weight, k_proj_weight and v_proj_weight; in_proj_bias [3 * features]; out_proj.weight and out_proj.bias.
 * The keys' bias is kept, though no output depends on it. PyTorch has no fewer key/value heads than heads; we have no bias_k and bias_v.
 */
export function torchMultiHead(): Mapping<MultiHeadParams> {
  return mapping("torchMultiHead", multiHeadParts);
}

/** See `torchMultiHead`. */
export const multiHeadParts: Parts<MultiHeadParams> = {
  read(reader) {
    const [query, keyValue] = reader.has("q_proj_weight") ? separate(reader) : joint(reader);
    const [features] = query.shape;
    const biased = reader.has("in_proj_bias") || reader.has("out_proj.bias");
    const bias = biased ? reader.vector("in_proj_bias", 3 * features) : undefined;
    return {
      query: { weight: query, ...(bias && { bias: slice(bias, 0, features) }) },
      keyValue: { weight: keyValue, ...(bias && { bias: slice(bias, features, 2 * features) }) },
      output: readDense(reader.within("out_proj."), features, features, biased),
    };
  },
  write({ query, keyValue, output }) {
    const [features] = query.weight.shape;
    const [rows, keyFeatures] = keyValue.weight.shape;
    if (rows !== 2 * features)
      throw new Error(`torchMultiHead: PyTorch's attention has as many key/value heads as heads, so keyValue must have ${2 * features} rows, but has ${rows}.`);
    const biases = [query.bias, keyValue.bias].filter((bias): bias is Tensor1D => bias !== undefined);
    if (biases.length !== (output.bias ? 2 : 0))
      throw new Error("torchMultiHead: PyTorch's attention has biases in all projections or in none, but these have some.");
    const half = (from: number) => slice(keyValue.weight, [from, 0], [features, keyFeatures]);
    const weights: Record<string, Tensor> =
      keyFeatures === features
        ? { in_proj_weight: concat([query.weight, keyValue.weight]) }
        : { q_proj_weight: query.weight, k_proj_weight: half(0), v_proj_weight: half(features) };
    return { ...weights, ...(output.bias && { in_proj_bias: concat(biases) }), ...withPrefix("out_proj.", output) };
  },
};

/** The weights of queries [features, features], and of keys and values [2 * features, features], from one matrix. */
function joint(reader: Reader): [Tensor2D, Tensor2D] {
  const [, features] = reader.sizes("in_proj_weight");
  const weight = reader.matrix("in_proj_weight", 3 * features, features);
  return [slice(weight, 0, features), slice(weight, features, 2 * features)];
}

/** The same from three matrices: keys and values [2 * features, keyFeatures]. */
function separate(reader: Reader): [Tensor2D, Tensor2D] {
  const [, features] = reader.sizes("q_proj_weight");
  const [, keyFeatures] = reader.sizes("k_proj_weight");
  const keyValue = concat([reader.matrix("k_proj_weight", features, keyFeatures), reader.matrix("v_proj_weight", features, keyFeatures)]);
  return [reader.matrix("q_proj_weight", features, features), keyValue];
}
