import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { type Key, type Layer, split } from "@refrain/core";
import type { BlockConfig, EncoderInput } from "./contract.ts";
import { encoderLayer, type EncoderLayerOutput, type EncoderLayerParams } from "./encoder-layer.ts";
import { modeAt } from "./mode-at.ts";
import { normOf, type NormParams } from "./norm.ts";

/** The sizes of an encoder, and the form of its blocks. */
export type EncoderConfig = BlockConfig & {
  readonly layers: number;
  /** Whether a norm follows the last layer; it does by default where the norms stand before each part, which leaves the last sum without one. */
  readonly finalNorm?: boolean;
};

/** `norm` only where there is a final one. */
export type EncoderParams = { readonly layers: readonly EncoderLayerParams[]; readonly norm?: NormParams };

/** `past`: what an earlier call gave as `keyValues`, one a layer. */
export type EncoderStackInput = EncoderInput & { readonly past?: readonly Tensor3D[] | undefined };

/** What an encoder gives. */
export type EncoderOutput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** One a layer, for the next call's `past`. In training they may be computed anew each time that they are asked for. */
  readonly keyValues: readonly Tensor3D[];
  /** One a layer, [batch, heads, query, key]; empty unless asked for. */
  readonly weights: readonly Tensor[];
};

/**
 * A stack of encoder layers. With `causal` it is the body of a language model.
 *
 * @throws {RangeError} unless there is at least one layer, and sizes fit.
 */
export function encoder(config: EncoderConfig): Layer<EncoderParams, EncoderStackInput, EncoderOutput> {
  const { layers, features, norm = "layer", epsilon = 1e-5, order = "pre", finalNorm = order === "pre" } = config;
  if (!Number.isInteger(layers) || layers < 1) throw new RangeError(`encoder: there must be a whole number of at least 1 layer, but there are ${layers}.`);
  const layer = encoderLayer(config);
  const last = normOf(norm, features, epsilon);
  return {
    kind: "encoder",
    config: { ...(layer.config as object), layers, finalNorm },
    init: (key) => ({ layers: split(key, layers).map((child) => layer.init(child)), ...(finalNorm && { norm: last.init(key as Key) }) }),
    apply(params, { x, past, ...input }, mode = "inference") {
      const layersOut: EncoderLayerOutput[] = [];
      if (past && past.length !== layers) throw new Error(`encoder: the past must have one part for each of the ${layers} layers, but has ${past.length}.`);
      params.layers.forEach((own, i) => {
        const out = layer.apply(own, { ...input, x, past: past?.[i] }, modeAt(mode, i));
        x = out.x;
        layersOut.push(out);
      });
      return {
        x: params.norm ? (last.apply(params.norm, x) as Tensor3D) : x,
        get keyValues() {
          return layersOut.map(({ keyValues }) => keyValues);
        },
        weights: layersOut.flatMap(({ weights }) => weights ?? []),
      };
    },
  };
}
