import type { Tensor3D } from "@tensorflow/tfjs-core";
import { type LstmParams, recurrence } from "@refrain/cells";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, split } from "@refrain/core";
import { modeAt } from "@refrain/transformer";
import { checkMarks } from "./check-marks.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { realTokens } from "./real-tokens.ts";
import { type RecurrentState, recurrentStack } from "./recurrent-cell.ts";
import type { ContextConfig, Seq2seq } from "./seq2seq-contract.ts";
import { tokenInput } from "./token-input.ts";

export type ContextParams = {
  readonly source: EmbeddingParams;
  /** Bottom first. */
  readonly encoder: readonly LstmParams[];
  readonly target: EmbeddingParams;
  readonly decoder: readonly LstmParams[];
  readonly head: DenseParams;
};

/**
 * The plain encoder and decoder: one net reads the source, and another goes on from its last state, the context, which is all that it knows
 * of it. It never has weights: there is nothing to look at.
 */
export function contextSeq2seq(config: ContextConfig): Seq2seq<ContextParams, RecurrentState, ContextConfig> {
  const { kind, sourceVocabulary, vocabulary, start, end, cell, embedding: width, hidden, layers = 1, dropout: rate = 0 } = config;
  checkSizes("seq2seq", { sourceVocabulary, vocabulary, embedding: width, hidden, layers });
  checkMarks("seq2seq", config);
  checkTypes("seq2seq", "number", { dropout: rate });
  const [sourceTokens, targetTokens] = [embedding({ size: sourceVocabulary, width }), embedding({ size: vocabulary, width })];
  // One net for two sets of parameters: the encoder's and the decoder's.
  const net = recurrence(recurrentStack("seq2seq", cell, { input: width, hidden, layers }));
  const head = dense({ inputs: hidden, outputs: vocabulary });
  const drop = dropout({ rate });

  const model: ReturnType<typeof contextSeq2seq> = {
    kind: "seq2seq",
    config: { kind, sourceVocabulary, vocabulary, start, end, cell, embedding: width, hidden, layers, dropout: rate },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      return { source: sourceTokens.init(a), encoder: net.init(b), target: targetTokens.init(c), decoder: net.init(d), head: head.init(e) };
    },
    encode(params, { source, sourceLengths }, mode = "inference") {
      return net.apply(params.encoder, { x: tokenInput(params.source, realTokens(source, sourceLengths), rate, mode), lengths: sourceLengths }).state;
    },
    decode(params, { tokens, state }, mode = "inference") {
      const { outputs: hidden, state: next } = net.apply(params.decoder, { x: tokenInput(params.target, tokens, rate, modeAt(mode, 0)), state });
      const logits = affine(drop.apply({}, hidden, modeAt(mode, 1)), params.head) as Tensor3D;
      return { logits, hidden, state: next };
    },
    apply(params, { target, ...input }, mode = "inference") {
      return model.decode(params, { tokens: target, state: model.encode(params, input, modeAt(mode, 0)) }, modeAt(mode, 1));
    },
  };
  return model;
}
