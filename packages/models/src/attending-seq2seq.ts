import { concat, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { attendingDecoder, type AttendingDecoderParams, type AttendingState } from "@refrain/attention";
import type { BothDirections, LstmParams } from "@refrain/cells";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, mapTree, named, split } from "@refrain/core";
import { modeAt } from "@refrain/transformer";
import { bothWays, type BothWaysParams } from "./both-ways.ts";
import { checkMarks } from "./check-marks.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { realTokens } from "./real-tokens.ts";
import { type CellState, type RecurrentState, recurrentStack } from "./recurrent-cell.ts";
import type { AttendingConfig, Seq2seq } from "./seq2seq-contract.ts";
import { tokenInput } from "./token-input.ts";

export type AttendingParams = {
  readonly source: EmbeddingParams;
  readonly encoder: BothWaysParams;
  readonly target: EmbeddingParams;
  readonly decoder: AttendingDecoderParams<readonly LstmParams[]>;
  readonly head: DenseParams;
};

/** `memory` [batch, source, hidden] is what the decoder looks at, `decoder` what it carries from step to step. */
export type AttendingWriterState = { readonly memory: Tensor3D; readonly decoder: Partial<AttendingState<RecurrentState>> };

/**
 * An encoder that reads the source both ways, each with half of the hidden units, and a decoder that looks at all of its outputs at each
 * step. The decoder's layers start from the last states of the encoder's, both directions side by side.
 *
 * @throws {RangeError} when a size does not fit; see `attendingDecoder`.
 */
export function attendingSeq2seq(config: AttendingConfig): Seq2seq<AttendingParams, AttendingWriterState, AttendingConfig> {
  const { kind, sourceVocabulary, vocabulary, start, end, cell, embedding: width, hidden, layers = 1, dropout: rate = 0 } = config;
  const { similarity = "general", query = "new", inputFeeding = false } = config;
  checkSizes("seq2seq", { sourceVocabulary, vocabulary, embedding: width, hidden, layers });
  checkMarks("seq2seq", config);
  checkTypes("seq2seq", "boolean", { inputFeeding });
  checkTypes("seq2seq", "number", { dropout: rate });
  if (hidden % 2 !== 0) throw new RangeError(`seq2seq: hidden must be even, half for each direction of the encoder, but is ${hidden}.`);
  const [sourceTokens, targetTokens] = [embedding({ size: sourceVocabulary, width }), embedding({ size: vocabulary, width })];
  const encoder = bothWays("seq2seq", { cell, input: width, hidden: hidden / 2, layers });
  const fed = (query === "last" ? hidden : 0) + (inputFeeding ? hidden : 0);
  const cells = recurrentStack("seq2seq", cell, { input: width + fed, hidden, layers });
  const decoder = attendingDecoder(cells, { memoryFeatures: hidden, similarity, query, inputFeeding });
  const head = dense({ inputs: decoder.outputSize, outputs: vocabulary });
  const drop = dropout({ rate });

  const model: ReturnType<typeof attendingSeq2seq> = {
    kind: "seq2seq",
    config: { kind, sourceVocabulary, vocabulary, start, end, cell, embedding: width, hidden, layers, dropout: rate, similarity, query, inputFeeding },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      return { source: sourceTokens.init(a), encoder: encoder.init(b), target: targetTokens.init(c), decoder: decoder.init(d), head: head.init(e) };
    },
    encode(params, { source, sourceLengths }, mode = "inference") {
      const read = encoder.apply(params.encoder, { x: tokenInput(params.source, realTokens(source, sourceLengths), rate, mode), lengths: sourceLengths });
      return { memory: read.outputs, decoder: { cell: read.state.map(sideBySide) } };
    },
    decode(params, { tokens, state: { memory, decoder: state }, sourceLengths, weights: wanted }, mode = "inference") {
      const x = drop.apply({}, targetTokens.apply(params.target, tokens), modeAt(mode, 0)) as Tensor3D;
      const { outputs: hidden, weights, state: next } = decoder.apply(params.decoder, { x, memory, memoryLengths: sourceLengths, state });
      const logits = affine(drop.apply({}, hidden, modeAt(mode, 1)), params.head) as Tensor3D;
      return { logits, hidden, state: { memory, decoder: next }, ...(wanted && { weights }) };
    },
    apply(params, { target, weights, ...input }, mode = "inference") {
      const state = model.encode(params, input, modeAt(mode, 0));
      return model.decode(params, { tokens: target, state, sourceLengths: input.sourceLengths, weights }, modeAt(mode, 1));
    },
  };
  return model;
}

/** The states of both directions of a layer as one, twice as wide. */
function sideBySide({ forwards, backwards }: BothDirections<CellState, CellState>): CellState {
  const others = named(backwards);
  return mapTree(forwards, (leaf, path) => concat([leaf, others.get(path) as Tensor], 1));
}
