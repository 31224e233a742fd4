import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { type Layer, split } from "@refrain/core";
import type { DecoderInput } from "./contract.ts";
import { type DecoderCache, decoderLayer, type DecoderLayerParams } from "./decoder-layer.ts";
import type { EncoderConfig } from "./encoder.ts";
import { modeAt } from "./mode-at.ts";
import { normOf, type NormParams } from "./norm.ts";

/** `norm` only where there is a final one. */
export type DecoderParams = { readonly layers: readonly DecoderLayerParams[]; readonly norm?: NormParams };

/** `past`: what an earlier call over the same memory gave as `cache`, one a layer. */
export type DecoderStackInput = DecoderInput & { readonly past?: readonly DecoderCache[] | undefined };

/** What a decoder gives. */
export type DecoderOutput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** One a layer, for the next call's `past`. */
  readonly cache: readonly DecoderCache[];
  /** One a layer, of the attention to the memory, [batch, heads, query, source]; empty unless asked for. */
  readonly weights: readonly Tensor[];
};

/**
 * A stack of decoder layers, each reading the same memory.
 *
 * @throws {RangeError} unless there is at least one layer, and sizes fit.
 */
export function decoder(config: EncoderConfig): Layer<DecoderParams, DecoderStackInput, DecoderOutput> {
  const { layers, features, norm = "layer", epsilon = 1e-5, order = "pre", finalNorm = order === "pre" } = config;
  if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`decoder: there must be a whole number of at least 1 layer, but there are ${layers}.`);
  const layer = decoderLayer(config);
  const last = normOf(norm, features, epsilon);
  return {
    kind: "decoder",
    config: { ...(layer.config as object), layers, finalNorm },
    init: (key) => ({ layers: split(key, layers).map((child) => layer.init(child)), ...(finalNorm && { norm: last.init(key) }) }),
    apply(params, { x, past, ...input }, mode = "inference") {
      const cache: DecoderCache[] = [],
        weights: Tensor[] = [];
      if (past && past.length !== layers) throw new Error(`decoder: the past must have one part for each of the ${layers} layers, but has ${past.length}.`);
      params.layers.forEach((own, i) => {
        const out = layer.apply(own, { ...input, x, past: past?.[i] }, modeAt(mode, i));
        x = out.x;
        cache.push(out.cache);
        if (out.weights) weights.push(out.weights);
      });
      return { x: params.norm ? (last.apply(params.norm, x) as Tensor3D) : x, cache, weights };
    },
  };
}
