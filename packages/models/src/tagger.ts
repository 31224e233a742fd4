import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, type Layer, split } from "@refrain/core";
import { crf as chainOf, type CrfParams } from "@refrain/losses";
import { modeAt } from "@refrain/transformer";
import { bothWays, type BothWaysParams } from "./both-ways.ts";
import type { CellName } from "./recurrent-cell.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { realTokens } from "./real-tokens.ts";
import { tokenInput } from "./token-input.ts";

/** The sizes of a tagger, and whether its tags hang on each other. */
export type TaggerConfig = {
  /** Tokens. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly embedding: number;
  readonly cell: CellName;
  /** Hidden units of each layer, in either direction. */
  readonly hidden: number;
  readonly layers: number;
  /** Different tags. */
  readonly tags: number;
  /** Whether tags hang on those beside them, by a conditional random field; by default each step is a softmax of its own. */
  readonly crf?: boolean;
  /** The share of features dropped while training, after the embedding and after the top layer; 0 by default. */
  readonly dropout?: number;
};

/** The parameters of a tagger. */
export type TaggerParams = {
  readonly embedding: EmbeddingParams;
  readonly layers: BothWaysParams;
  readonly head: DenseParams;
  /** Only with a conditional random field. */
  readonly crf?: CrfParams;
};

/** What a tagger reads. */
export type TaggerInput = {
  /** int32 [batch, time] */
  readonly tokens: Tensor2D;
  /** [batch]: what stands beyond is not looked at; all steps by default. */
  readonly lengths?: readonly number[] | undefined;
};

/** What a tagger says of each step. */
export type TaggerOutput = {
  /** [batch, time, tags]: logits of each step's tag; with a conditional random field, what the step alone says of it. */
  readonly emissions: Tensor3D;
};

/** A recurrent net that reads sequences both ways and tags each step. */
export type Tagger = Layer<TaggerParams, TaggerInput, TaggerOutput> & { readonly kind: "tagger"; readonly config: Required<TaggerConfig> };

/**
 * A tagger: to each step an answer, as part-of-speech tagging wants. Embedding, bidirectional recurrent layers, dropout, dense, and on
 * top, where it is wanted, a conditional random field (Huang et al. 2015; Lample et al. 2016).
 *
 * @throws {RangeError} when a size is not whole and positive, or the dropout is not at least 0 and under 1.
 * @throws {TypeError} when there is no such cell.
 */
export function tagger(config: TaggerConfig): Tagger {
  const { vocabulary, embedding: width, cell, hidden, layers, tags, crf = false, dropout: rate = 0 } = config;
  checkSizes("tagger", { vocabulary, embedding: width, hidden, layers, tags });
  checkTypes("tagger", "boolean", { crf });
  checkTypes("tagger", "number", { dropout: rate });
  const tokens = embedding({ size: vocabulary, width });
  const net = bothWays("tagger", { cell, input: width, hidden, layers });
  const head = dense({ inputs: 2 * hidden, outputs: tags });
  const chain = crf ? chainOf({ tags }) : undefined;
  const drop = dropout({ rate });

  return {
    kind: "tagger",
    config: { vocabulary, embedding: width, cell, hidden, layers, tags, crf, dropout: rate },
    init(key) {
      const [a, b, c, d] = split(key, 4) as [Key, Key, Key, Key];
      return { embedding: tokens.init(a), layers: net.init(b), head: head.init(c), ...(chain && { crf: chain.init(d) }) };
    },
    apply(params, { tokens: input, lengths }, mode = "inference") {
      const x = tokenInput(params.embedding, realTokens(input, lengths), rate, modeAt(mode, 0));
      const { outputs } = net.apply(params.layers, { x, lengths });
      return { emissions: affine(drop.apply({}, outputs, modeAt(mode, 1)), params.head) as Tensor3D };
    },
  };
}
