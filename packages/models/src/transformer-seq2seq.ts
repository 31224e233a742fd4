import { add, concat, mean, type Tensor, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { sinusoidal } from "@refrain/attention";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, type Layer, type Mode, split } from "@refrain/core";
import { decoder, type DecoderCache, type DecoderParams, encoder, type EncoderParams, modeAt } from "@refrain/transformer";
import { checkMarks } from "./check-marks.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { realTokens } from "./real-tokens.ts";
import type { Seq2seq, TransformerConfig } from "./seq2seq-contract.ts";

export type TransformerParams = {
  readonly source: EmbeddingParams;
  readonly encoder: EncoderParams;
  readonly target: EmbeddingParams;
  readonly decoder: DecoderParams;
  readonly head: DenseParams;
};

/** `memory` [batch, source, features] is what the decoder looks at; `past` the keys and values of what was read, one a layer. */
export type TransformerState = { readonly memory: Tensor3D; readonly past?: readonly DecoderCache[] };

/**
 * The Transformer, encoder and decoder, with sinusoidal positions. Its weights are the mean of all heads of all decoder layers. Embeddings
 * start with a deviation of 1, as wide as the paper's are once multiplied by the root of the features.
 *
 * @throws {RangeError} when the features are odd, or the heads do not divide them.
 */
export function transformerSeq2seq(config: TransformerConfig): Seq2seq<TransformerParams, TransformerState, TransformerConfig> {
  const { kind, sourceVocabulary, vocabulary, start, end, features, heads, layers } = config;
  const { hidden = 4 * features, activation = "relu", order = "pre", dropout: rate = 0 } = config;
  checkSizes("seq2seq", { sourceVocabulary, vocabulary, features, heads, layers });
  checkMarks("seq2seq", config);
  checkTypes("seq2seq", "number", { dropout: rate });
  if (features % 2 !== 0) throw new RangeError(`seq2seq: features must be even, for pairs of sines and cosines, but are ${features}.`);
  const [sourceTokens, targetTokens] = [embedding({ size: sourceVocabulary, width: features }), embedding({ size: vocabulary, width: features })];
  const block = { features, heads, layers, hidden, activation, order, dropout: rate };
  const [reader, writer] = [encoder(block), decoder(block)];
  const head = dense({ inputs: features, outputs: vocabulary });
  const drop = dropout({ rate });
  /** Tokens with their places, from `first` on: [batch, time, features]. */
  const placed = (table: Layer<EmbeddingParams, Tensor, Tensor>, params: EmbeddingParams, tokens: Tensor2D, first: number, mode: Mode) =>
    drop.apply({}, add(table.apply(params, tokens), sinusoidal(tokens.shape[1], features, { first })), mode) as Tensor3D;

  const model: ReturnType<typeof transformerSeq2seq> = {
    kind: "seq2seq",
    config: { kind, sourceVocabulary, vocabulary, start, end, features, heads, layers, hidden, activation, order, dropout: rate },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      return { source: sourceTokens.init(a), encoder: reader.init(b), target: targetTokens.init(c), decoder: writer.init(d), head: head.init(e) };
    },
    encode(params, { source, sourceLengths }, mode = "inference") {
      const x = placed(sourceTokens, params.source, realTokens(source, sourceLengths), 0, modeAt(mode, 0));
      return { memory: reader.apply(params.encoder, { x, lengths: sourceLengths }, modeAt(mode, 1)).x };
    },
    decode(params, { tokens, state: { memory, past }, sourceLengths, weights }, mode = "inference") {
      const x = placed(targetTokens, params.target, tokens, past?.[0]?.self.shape[1] ?? 0, modeAt(mode, 0));
      const written = writer.apply(params.decoder, { x, memory, memoryLengths: sourceLengths, past, weights }, modeAt(mode, 1));
      const logits = affine(written.x, params.head) as Tensor3D;
      return {
        logits,
        hidden: written.x,
        state: { memory, past: written.cache },
        ...(weights && { weights: mean(concat([...written.weights], 1), 1) as Tensor3D }),
      };
    },
    apply(params, { target, weights, ...input }, mode = "inference") {
      const state = model.encode(params, input, modeAt(mode, 0));
      return model.decode(params, { tokens: target, state, sourceLengths: input.sourceLengths, weights }, modeAt(mode, 1));
    },
  };
  return model;
}
