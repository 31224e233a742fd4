import { slice, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { additive, attend, cosine, dot, general, multiHead, type MultiHeadParams, paddingMask, scaledDot, type Score } from "@refrain/attention";
import type { DenseParams } from "@refrain/core";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

type Tensors = Record<string, Tensor>;

/** PyTorch's one matrix for queries, keys and values, as two. */
export function multiHeadParams(t: Tensors, prefix = ""): MultiHeadParams {
  const weight = t[`${prefix}in_proj_weight`] as Tensor,
    bias = t[`${prefix}in_proj_bias`] as Tensor;
  const features = weight.shape[1] as number;
  const rows = (from: number, count: number) =>
    ({ weight: slice(weight, [from, 0], [count, features]), bias: slice(bias, [from], [count]) }) as unknown as DenseParams;
  return {
    query: rows(0, features),
    keyValue: rows(features, 2 * features),
    output: { weight: t[`${prefix}out_proj.weight`], bias: t[`${prefix}out_proj.bias`] } as DenseParams,
  };
}

/** The lengths that a case gives as a tensor, if it does. */
export function lengthsOf(t: Tensor | undefined): number[] | undefined {
  return t && [...t.dataSync()];
}

const multiHeadCase: Operation = (golden) => {
  const { d_model, heads, causal } = golden.config as unknown as { d_model: number; heads: number; causal: boolean };
  const layer = multiHead({ features: d_model, heads, causal });
  return differentiate(golden, (t) => {
    const params = multiHeadParams(t);
    const input = { query: t.query as Tensor3D, memory: t.key as Tensor3D | undefined, keyLengths: lengthsOf(t.key_lengths) };
    // Without weights a backend may use a kernel that keeps none; both ways must give the case's numbers.
    const { output } = layer.apply(params, input);
    return { y: output, weights: layer.apply(params, { ...input, weights: true }).weights as Tensor };
  });
};

/** A similarity and its parameters, by the case's name for it. */
function scoreOf(kind: string, t: Tensors): Score {
  const features = (t.query as Tensor).shape.at(-1) as number;
  const sizes = { queryFeatures: features, keyFeatures: features };
  if (kind === "general") return (query, keys) => general(sizes).apply({ weight: t.W as never }, { query, keys });
  if (kind === "additive") {
    const params = { weightQuery: t.Wq, weightKey: t.Wk, weightScore: t.v } as never;
    return (query, keys) => additive({ ...sizes, hidden: (t.v as Tensor).size }).apply(params, { query, keys });
  }
  const plain: Record<string, Score> = { dot, "scaled-dot": scaledDot, cosine };
  const found = plain[kind];
  if (!found) throw new Error(`there is no similarity ${kind}`);
  return found;
}

const attendCase: Operation = (golden) =>
  differentiate(golden, (t) => {
    const { query, keys, values, key_lengths } = t as { query: Tensor; keys: Tensor; values: Tensor; key_lengths?: Tensor };
    const lengths = lengthsOf(key_lengths);
    const mask = lengths && paddingMask(lengths, keys.shape[1] as number);
    const { output, weights } = attend(query, keys, values, { score: scoreOf(golden.config.similarity as string, t), mask });
    return { y: output, weights };
  });

export const attentionCases: Record<string, Operation> = { MultiheadAttention: multiHeadCase, attend: attendCase };
