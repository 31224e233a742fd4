import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type LstmParams, recurrence, stack } from "@refrain/cells";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, foldIn, type Key, type Layer, split } from "@refrain/core";
import { type CellName, type CellState, recurrentCell } from "./recurrent-cell.ts";

/** The sizes of a char-rnn, and its cell. */
export type CharRnnConfig = {
  readonly cell: CellName;
  /** Tokens. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly embedding: number;
  /** Hidden units of each layer. */
  readonly hidden: number;
  readonly layers: number;
  /** The share of features dropped while training, after the embedding and after the top layer; 0 by default. */
  readonly dropout?: number;
  /** Whether the output layer shares the embedding's weights (Press and Wolf 2017); it then needs hidden = embedding. */
  readonly tied?: boolean;
};

/** The parameters of a char-rnn. */
export type CharRnnParams = {
  readonly embedding: EmbeddingParams;
  /** Bottom first. Those of the peephole LSTM have peepholes. */
  readonly cells: readonly LstmParams[];
  /** The output layer: only a bias where the weights are tied. */
  readonly head: DenseParams | { readonly bias: NonNullable<DenseParams["bias"]> };
};

/** The state of each layer, bottom first. */
export type CharRnnState = readonly CellState[];

/** What a char-rnn reads. */
export type CharRnnInput = {
  /** int32 [batch, time] */
  readonly tokens: Tensor2D;
  readonly lengths?: readonly number[];
  /** The state before the first token; zeros by default. */
  readonly state?: CharRnnState;
};

/** `logits` [batch, time, vocabulary]: for each place, of the token after it. */
export type CharRnnOutput = {
  readonly logits: Tensor3D;
  /** [batch, time, hidden]: what the top layer gives. */
  readonly hidden: Tensor3D;
  readonly state: CharRnnState;
};

/** A recurrent net that foretells the next token of a text. */
export type CharRnn = Layer<CharRnnParams, CharRnnInput, CharRnnOutput> & { readonly kind: "char-rnn"; readonly config: CharRnnConfig };

/**
 * The char-RNN: reads a character, predicts the next. Embedding, a stack of recurrent layers, dropout, dense (Karpathy 2015).
 *
 * @throws {RangeError} when a size is not whole and positive, or the weights are tied and hidden is not embedding.
 */
export function charRnn(config: CharRnnConfig): CharRnn {
  const { cell, vocabulary, embedding: width, hidden, layers, dropout: rate = 0, tied = false } = config;
  for (const [name, size] of Object.entries({ vocabulary, embedding: width, hidden, layers })) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`charRnn: ${name} must be a whole number of at least 1, but is ${size}.`);
  }
  if (tied && hidden !== width)
    throw new RangeError(`charRnn: tied weights need as many hidden units as features of a token, but hidden is ${hidden} and embedding is ${width}.`);

  const tokens = embedding({ size: vocabulary, width });
  const drop = dropout({ rate });
  const cells = Array.from({ length: layers }, (_, i) => recurrentCell("charRnn", cell, { input: i === 0 ? width : hidden, hidden }));
  const layer = recurrence(stack(cells));
  const head = dense({ inputs: hidden, outputs: vocabulary });

  return {
    kind: "char-rnn",
    config: { cell, vocabulary, embedding: width, hidden, layers, dropout: rate, tied },
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      const { weight, bias } = head.init(c) as Required<DenseParams>;
      if (tied) weight.dispose();
      return { embedding: tokens.init(a), cells: layer.init(b), head: tied ? { bias } : { weight, bias } };
    },
    apply(params, { tokens: input, lengths, state }, mode = "inference") {
      const dropAt = (place: number, x: Tensor) => drop.apply({}, x, mode === "inference" ? mode : { training: foldIn(mode.training, place) });
      // Rows of the table as they are let a kernel project each different token once.
      const x =
        mode === "inference" || rate === 0
          ? { table: params.embedding.weight, indices: input }
          : (dropAt(0, tokens.apply(params.embedding, input)) as Tensor3D);
      const hidden = layer.apply(params.cells, { x, lengths, state });
      const logits = affine(dropAt(1, hidden.outputs), { weight: params.embedding.weight, ...params.head }) as Tensor3D;
      return { logits, hidden: hidden.outputs, state: hidden.state };
    },
  };
}
