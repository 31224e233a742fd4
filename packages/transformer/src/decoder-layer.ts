import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { multiHead, type MultiHeadOutput, type MultiHeadParams } from "@refrain/attention";
import { type Key, type Layer, split } from "@refrain/core";
import type { BlockConfig, DecoderInput } from "./contract.ts";
import { feedForward, type FeedForwardParams } from "./feed-forward.ts";
import { modeAt } from "./mode-at.ts";
import type { NormParams } from "./norm.ts";
import { residual } from "./residual.ts";

/** The parameters of one layer of a decoder. */
export type DecoderLayerParams = {
  readonly attentionNorm: NormParams;
  readonly attention: MultiHeadParams;
  readonly crossNorm: NormParams;
  readonly cross: MultiHeadParams;
  readonly feedForwardNorm: NormParams;
  readonly feedForward: FeedForwardParams;
};

/** Keys and values that need not be computed again: of the places read so far, and of the memory. */
export type DecoderCache = { readonly self: Tensor3D; readonly cross: Tensor3D };

/** `past`: what an earlier call over the same memory gave as `cache`. */
export type DecoderLayerInput = DecoderInput & { readonly past?: DecoderCache | undefined };

/** What one layer of a decoder gives. */
export type DecoderLayerOutput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** For the next call's `past`. */
  readonly cache: DecoderCache;
  /** Of the attention to the memory, [batch, heads, query, source], where they were asked for. */
  readonly weights?: Tensor | undefined;
};

/**
 * A Transformer's decoder layer (Vaswani et al. 2017, section 3.1): causal self-attention, attention to the encoder's memory, then a
 * feed-forward net, each with a residual connection and a norm.
 *
 * @throws {RangeError} when a size does not fit; see `multiHead`.
 */
export function decoderLayer(config: BlockConfig): Layer<DecoderLayerParams, DecoderLayerInput, DecoderLayerOutput> {
  const { features, hidden = 4 * features, causal = true } = config;
  const attention = multiHead({ ...config, causal });
  const cross = multiHead({ ...config, causal: false, window: undefined, positions: "none" });
  const net = feedForward({ ...config, hidden });
  const around = residual(config);
  return {
    kind: "decoder-layer",
    config: { ...(around.config as object), ...(net.config as object), ...(attention.config as object) },
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      return {
        attentionNorm: around.init(a),
        attention: attention.init(a),
        crossNorm: around.init(b),
        cross: cross.init(b),
        feedForwardNorm: around.init(c),
        feedForward: net.init(c),
      };
    },
    apply(params, { x, memory, lengths, memoryLengths, mask, past, weights }, mode = "inference") {
      let own = {} as MultiHeadOutput,
        read = {} as MultiHeadOutput;
      const attend = (query: Tensor3D) => {
        own = attention.apply(params.attention, { query, keyLengths: lengths, mask, past: past?.self }, modeAt(mode, 0));
        return own.output;
      };
      const look = (query: Tensor3D) => {
        read = cross.apply(params.cross, { query, ...(past ? { keyValues: past.cross } : { memory }), keyLengths: memoryLengths, weights }, modeAt(mode, 1));
        return read.output;
      };
      const feed = (input: Tensor3D) => net.apply(params.feedForward, input, modeAt(mode, 2));
      const afterSelf = around.apply(params.attentionNorm, { x, part: attend }, modeAt(mode, 3));
      const afterCross = around.apply(params.crossNorm, { x: afterSelf, part: look }, modeAt(mode, 4));
      const out = around.apply(params.feedForwardNorm, { x: afterCross, part: feed }, modeAt(mode, 5));
      return { x: out, cache: { self: own.keyValues, cross: read.keyValues }, weights: read.weights };
    },
  };
}
