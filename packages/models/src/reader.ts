import { concat, expandDims, mul, squeeze, type Tensor2D, type Tensor3D, where } from "@tensorflow/tfjs-core";
import { attend, general, type GeneralParams, paddingMask } from "@refrain/attention";
import { dropout, embedding, type EmbeddingParams, type Key, type Layer, split } from "@refrain/core";
import { sequenceMask } from "@refrain/losses";
import { modeAt } from "@refrain/transformer";
import { bothWays, type BothWaysParams } from "./both-ways.ts";
import type { CellName } from "./recurrent-cell.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { lastStates } from "./last-states.ts";
import { realTokens } from "./real-tokens.ts";

/** The sizes of a reader. */
export type ReaderConfig = {
  /** Tokens, of passages and questions alike. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly embedding: number;
  readonly cell: CellName;
  /** Hidden units of each layer, in either direction. */
  readonly hidden: number;
  /** Of the passage's net and of the question's. */
  readonly layers: number;
  /** The share of features dropped while training, after the embedding and after the top layers; 0 by default. */
  readonly dropout?: number;
};

/** The parameters of a reader. */
export type ReaderParams = {
  readonly embedding: EmbeddingParams;
  readonly question: BothWaysParams;
  readonly passage: BothWaysParams;
  /** How the question's query is compared with the passage's steps to find the answer's first one, and its last. */
  readonly first: GeneralParams;
  readonly last: GeneralParams;
};

/** What a reader reads: passages, and a question to each. */
export type ReaderInput = {
  /** int32 [batch, passage time] */
  readonly passage: Tensor2D;
  /** [batch], at least 1 each: what stands beyond is not looked at; all steps by default. */
  readonly passageLengths?: readonly number[] | undefined;
  /** int32 [batch, question time] */
  readonly question: Tensor2D;
  /** [batch] */
  readonly questionLengths?: readonly number[] | undefined;
};

/** Where a reader sees the answer begin and end. */
export type ReaderOutput = {
  /** [batch, passage time]: logits of the answer's first step and of its last; minus infinity beyond the passage's length. */
  readonly first: Tensor2D;
  readonly last: Tensor2D;
  /** [batch, passage time, question time]: where each step of the passage looked in the question. */
  readonly weights: Tensor3D;
};

/** A recurrent net that finds the answer to a question in a passage. */
export type Reader = Layer<ReaderParams, ReaderInput, ReaderOutput> & { readonly kind: "reader"; readonly config: Required<ReaderConfig> };

/**
 * Reads a passage and a question, and points at the words of the passage that answer it. Each word of the passage looks for its like in the
 * question, and bidirectional layers read it beside what it found and beside the product of the two, which is large where they are alike
 * (Seo et al. 2017); others make of the question a query, against which every step of the passage is scored as the answer's first, and as
 * its last (Chen et al. 2017, section 3.2).
 *
 * @throws {RangeError} when a size is not whole and positive, or the dropout is not at least 0 and under 1.
 * @throws {TypeError} when there is no such cell.
 */
export function reader(config: ReaderConfig): Reader {
  const { vocabulary, embedding: width, cell, hidden, layers, dropout: rate = 0 } = config;
  checkSizes("reader", { vocabulary, embedding: width, hidden, layers });
  checkTypes("reader", "number", { dropout: rate });
  const features = 2 * hidden;
  const tokens = embedding({ size: vocabulary, width });
  const asker = bothWays("reader", { cell, input: width, hidden, layers });
  const net = bothWays("reader", { cell, input: 3 * width, hidden, layers });
  const pointer = general({ queryFeatures: features, keyFeatures: features });
  const drop = dropout({ rate });

  return {
    kind: "reader",
    config: { vocabulary, embedding: width, cell, hidden, layers, dropout: rate },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      return { embedding: tokens.init(a), question: asker.init(b), passage: net.init(c), first: pointer.init(d), last: pointer.init(e) };
    },
    apply(params, { passage, passageLengths, question, questionLengths }, mode = "inference") {
      if (passageLengths?.includes(0)) throw new RangeError("reader: every passage must have at least one token, but a length is 0. Leave it out.");
      const words = drop.apply({}, tokens.apply(params.embedding, realTokens(passage, passageLengths)), modeAt(mode, 0)) as Tensor3D;
      const asked = drop.apply({}, tokens.apply(params.embedding, realTokens(question, questionLengths)), modeAt(mode, 1)) as Tensor3D;

      const mask = questionLengths && paddingMask(questionLengths, question.shape[1]);
      const { output: found, weights } = attend(words, asked, asked, { mask });
      const x = concat([words, found as Tensor3D, mul(words, found) as Tensor3D], 2);
      const keys = drop.apply({}, net.apply(params.passage, { x, lengths: passageLengths }).outputs, modeAt(mode, 2));
      const { state } = asker.apply(params.question, { x: asked, lengths: questionLengths });
      const query = expandDims(drop.apply({}, lastStates(state), modeAt(mode, 3)), 1);

      const point = (by: GeneralParams): Tensor2D => {
        const logits = squeeze<Tensor2D>(pointer.apply(by, { query, keys }), [1]);
        return passageLengths ? where(sequenceMask(passageLengths, passage.shape[1]), logits, Number.NEGATIVE_INFINITY) : logits;
      };
      return { first: point(params.first), last: point(params.last), weights: weights as Tensor3D };
    },
  };
}
