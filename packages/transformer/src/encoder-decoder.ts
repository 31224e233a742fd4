import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { type Key, type Layer, split } from "@refrain/core";
import { decoder, type DecoderParams } from "./decoder.ts";
import { encoder, type EncoderConfig, type EncoderParams } from "./encoder.ts";
import { modeAt } from "./mode-at.ts";

/** The sizes of an encoder and a decoder, and the form of their blocks. */
export type EncoderDecoderConfig = Omit<EncoderConfig, "layers" | "causal" | "window"> & { readonly encoderLayers: number; readonly decoderLayers: number };

/** The parameters of an encoder and a decoder. */
export type EncoderDecoderParams = { readonly encoder: EncoderParams; readonly decoder: DecoderParams };

/** What an encoder and a decoder read. */
export type EncoderDecoderInput = {
  /** [batch, source, features] */
  readonly source: Tensor3D;
  /** [batch, time, features] */
  readonly target: Tensor3D;
  /** [batch]: how many places of each source are no padding; all by default. */
  readonly sourceLengths?: readonly number[] | undefined;
  /** Whether the decoder's attention to the source is wanted. */
  readonly weights?: boolean;
};

/** What an encoder and a decoder give. */
export type EncoderDecoderOutput = {
  /** [batch, time, features] */
  readonly x: Tensor3D;
  /** [batch, source, features]: what the encoder made of the source. */
  readonly memory: Tensor3D;
  /** One a decoder layer, [batch, heads, time, source]; empty unless asked for. */
  readonly weights: readonly Tensor[];
};

/**
 * The Transformer (Vaswani et al. 2017, figure 1) without its embeddings and output layer: an encoder over the source, and a causal
 * decoder over the target that attends to it. Decode step by step by the two parts, `encoder` and `decoder`, with the decoder's cache.
 */
export function encoderDecoder(config: EncoderDecoderConfig): Layer<EncoderDecoderParams, EncoderDecoderInput, EncoderDecoderOutput> {
  const { encoderLayers, decoderLayers, ...block } = config;
  const reader = encoder({ ...block, causal: false, layers: encoderLayers });
  const writer = decoder({ ...block, causal: true, layers: decoderLayers });
  return {
    kind: "encoder-decoder",
    config: { ...config },
    init(key) {
      const [a, b] = split(key) as [Key, Key];
      return { encoder: reader.init(a), decoder: writer.init(b) };
    },
    apply(params, { source, target, sourceLengths, weights = false }, mode = "inference") {
      const { x: memory } = reader.apply(params.encoder, { x: source, lengths: sourceLengths }, modeAt(mode, 0));
      const written = writer.apply(params.decoder, { x: target, memory, memoryLengths: sourceLengths, weights }, modeAt(mode, 1));
      return { x: written.x, memory, weights: written.weights };
    },
  };
}
