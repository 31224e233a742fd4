import { concat, mul, type Tensor, tensor1d, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { affine, checkLengths, dense, type DenseParams, dropout, fusedAttention, type Key, type Layer, split } from "@refrain/core";
import { attendHeads } from "./attend-heads.ts";
import { alibiSlopes } from "@refrain/kernels/nets";
import type { Mask } from "./contract.ts";
import { halves, joinHeads, splitHeads } from "./heads.ts";
import { checkMultiHead, type MultiHeadConfig } from "./multi-head-config.ts";
import { rotary } from "./rotary.ts";

/** The projections of attention in many heads. */
export type MultiHeadParams = {
  /** `weight` [features, features] */
  readonly query: DenseParams;
  /** `weight` [2 * keyValueHeads * features / heads, keyFeatures]: the keys' rows, then the values'. */
  readonly keyValue: DenseParams;
  /** `weight` [features, features] */
  readonly output: DenseParams;
};

/** What attention in many heads reads. */
export type MultiHeadInput = {
  /** [batch, query, features] */
  readonly query: Tensor3D;
  /** [batch, key, keyFeatures]: where keys and values come from; the query itself by default (self-attention). */
  readonly memory?: Tensor3D | undefined;
  /** Instead of a memory, its keys and values as an earlier call gave them: they are taken as they are. */
  readonly keyValues?: Tensor3D | undefined;
  /** [batch]: how many of each sequence's keys, those of the past included, are no padding; all by default. */
  readonly keyLengths?: readonly number[] | undefined;
  /** What else hides keys from queries; broadcasts to [batch, heads, query, key], or is [batch, query, key]. */
  readonly mask?: Mask | undefined;
  /** What an earlier call gave as `keyValues`: the keys and values before those of `memory`. */
  readonly past?: Tensor3D | undefined;
  /** Whether the weights are wanted; they are not by default, and then need not be kept. */
  readonly weights?: boolean | undefined;
};

/** What attention in many heads gives. */
export type MultiHeadOutput = {
  /** [batch, query, features] */
  readonly output: Tensor3D;
  /** [batch, key, 2 * keyValueHeads * features / heads]: the keys and values, for the next call's `past`. */
  readonly keyValues: Tensor3D;
  /** [batch, heads, query, key], where they were asked for. */
  readonly weights?: Tensor;
};

/**
 * Multi-head attention (Vaswani et al. 2017, section 3.2.2): several heads read different things at once, by scaled dot products.
 * Self-attention, or cross-attention over a `memory`; with fewer key/value heads than heads, groups of heads share them (Ainslie et al.
 * 2023; Shazeer 2019 for a single one). On `simd` and `webgpu` one kernel reads all heads, and keeps no weights; a `mask`, dropout while
 * training, and weights that are asked for are composed of TensorFlow.js operations on every backend.
 *
 * @throws {RangeError} when the heads do not divide the features, or the key/value heads not the heads; when lengths do not fit.
 * @throws {Error} when there are `keyValues` beside what they stand for, or not as many memories as queries.
 */
export function multiHead(config: MultiHeadConfig): Layer<MultiHeadParams, MultiHeadInput, MultiHeadOutput> {
  const full = checkMultiHead(config);
  const { features, heads, keyValueHeads, keyFeatures, bias, causal, window, positions, rotaryPairs, dropout: rate } = full;
  const size = features / heads;
  const [toQuery, toKeyValue, toOutput] = [
    dense({ inputs: features, outputs: features, bias }),
    dense({ inputs: keyFeatures, outputs: 2 * keyValueHeads * size, bias }),
    dense({ inputs: features, outputs: features, bias }),
  ];
  const slopes = positions === "alibi" ? alibiSlopes(heads) : undefined;
  const drop = dropout({ rate });
  const turn = (x: Tensor, count: number, first: number) => joinHeads(rotary(splitHeads(x, count), { pairs: rotaryPairs, first }));
  /** The keys and values of a memory, after those of the past. */
  const read = ({ keyValue }: MultiHeadParams, memory: Tensor3D, past?: Tensor3D): Tensor3D => {
    let added = affine(memory, positions === "rotary" ? keyValue : withoutKeyBias(keyValue));
    if (positions === "rotary") {
      const [keys, values] = halves(added);
      added = concat([turn(keys, keyValueHeads, past?.shape[1] ?? 0), values], -1);
    }
    return (past ? concat([past, added], 1) : added) as Tensor3D;
  };

  return {
    kind: "multi-head",
    config: full,
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      // Biases start at 0, as PyTorch's do.
      const fresh = (params: DenseParams): DenseParams => {
        params.bias?.dispose();
        return params.bias ? { weight: params.weight, bias: zeros(params.bias.shape) } : params;
      };
      return { query: fresh(toQuery.init(a)), keyValue: fresh(toKeyValue.init(b)), output: fresh(toOutput.init(c)) };
    },
    apply(params, { query, memory, keyValues: known, keyLengths, mask, past, weights: wanted = false }, mode = "inference") {
      if (known && (memory || past)) throw new Error("multiHead: keyValues stand for a memory and its past: leave out either these or keyValues.");
      const keyValues = known ?? read(params, memory ?? query, past);
      const [batch, keys] = keyValues.shape;
      if (batch !== query.shape[0])
        throw new Error(`multiHead: each of the ${query.shape[0]} sequences of queries needs keys of its own, but there are ${batch} of these.`);
      if (keyLengths) checkLengths(batch, keys, keyLengths);
      let asked = affine(query, params.query);
      if (positions === "rotary") asked = turn(asked, heads, keys - query.shape[1]);
      const shape = { heads, keyValueHeads, causal, window, slopes, keyLengths };
      const dropping = mode !== "inference" && rate > 0;
      const fused = mask || wanted || dropping ? undefined : fusedAttention(asked as Tensor3D, keyValues, shape);
      if (fused) return { output: affine(fused, params.output) as Tensor3D, keyValues };
      const { output, weights } = attendHeads(asked, keyValues, { ...shape, mask, drop: (x) => drop.apply({}, x, mode) });
      return { output: affine(output, params.output) as Tensor3D, keyValues, ...(wanted && { weights }) };
    },
  };
}

/**
 * A bias of the keys moves all of a query's scores alike, which softmax takes no notice of. Left out, its gradient is 0 exactly, where
 * rounding would leave a speck that Adam blows up to full steps. (Rotary positions turn it, so that there it counts.)
 */
function withoutKeyBias({ weight, bias }: DenseParams): DenseParams {
  if (!bias) return { weight };
  const ofValues = Float32Array.from({ length: bias.size }, (_, i) => (i < bias.size / 2 ? 0 : 1));
  return { weight, bias: mul(bias, tensor1d(ofValues)) };
}
