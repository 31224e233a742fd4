import { mean, relu, slice, tanh, type Tensor2D, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { attendingDecoder, type AttendingDecoderParams, type AttendingState, locations, type SimilarityName } from "@refrain/attention";
import type { LstmParams } from "@refrain/cells";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, split } from "@refrain/core";
import { modeAt } from "@refrain/transformer";
import { checkMarks } from "./check-marks.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { pictureWindows } from "./picture-windows.ts";
import { type CellName, type CellState, recurrentCell } from "./recurrent-cell.ts";
import type { Writer, WriterConfig } from "./writer.ts";

/** The sizes of a captioner, and of the pictures that it describes. */
export type CaptionerConfig = WriterConfig & {
  /** Pixels of a picture; divisible by 2 as often as there are convolutions. */
  readonly height: number;
  readonly width: number;
  /** Numbers of a pixel: 3 for red, green and blue. */
  readonly channels: number;
  /** Features that each convolution writes, bottom first; each halves the height and the width. */
  readonly convolutions: readonly number[];
  readonly cell: CellName;
  /** Features of a token. */
  readonly embedding: number;
  /** Hidden units of the decoder. */
  readonly hidden: number;
  /** How a query and the places are compared; "additive" by default. */
  readonly similarity?: SimilarityName;
  /** Whether places are told where they lie, which wants the last convolution's features to be divisible by 4; "sinusoidal" by default. */
  readonly positions?: "none" | "sinusoidal";
  /** The share of features dropped while training, after the embedding and before the output layer; 0 by default. */
  readonly dropout?: number;
};

/** The parameters of a captioner. */
export type CaptionerParams = {
  /** `weight` [features, 16 * features below] */
  readonly convolutions: readonly DenseParams[];
  /** From the mean of the places to the decoder's first state: `weight` [hidden, features], of an LSTM [2 * hidden, features]: h, then c. */
  readonly begin: DenseParams;
  readonly embedding: EmbeddingParams;
  readonly decoder: AttendingDecoderParams<LstmParams>;
  readonly head: DenseParams;
};

/** `picture` [batch, height, width, channels] */
export type CaptionerInput = { readonly picture: Tensor4D };

/** `memory` [batch, places, features] is what the decoder looks at, `decoder` what it carries from word to word. */
export type CaptionerState = { readonly memory: Tensor3D; readonly decoder: Partial<AttendingState<CellState>> };

/** Its weights are [batch, time, places]. */
export type Captioner = Writer<CaptionerParams, CaptionerInput, CaptionerState> & {
  readonly kind: "captioner";
  readonly config: Required<CaptionerConfig>;
  /** How many places there are to look at, row by row. */
  readonly places: { readonly height: number; readonly width: number };
};

/**
 * Show, attend and tell (Xu et al. 2015): convolutions make places of a picture, and a recurrent net, which starts from their mean, writes a
 * caption, looking at all of them before each word.
 *
 * @throws {RangeError} when a size is not whole and positive, a picture cannot be halved so often, there is no convolution, or places cannot be
 * told where they lie.
 */
export function captioner(config: CaptionerConfig): Captioner {
  const { height, width, channels, convolutions, vocabulary, start, end, cell, embedding: features, hidden } = config;
  const { similarity = "additive", positions = "sinusoidal", dropout: rate = 0 } = config;
  if (!Array.isArray(convolutions)) throw new TypeError(`captioner: convolutions must be a list of sizes, but is ${JSON.stringify(convolutions)}.`);
  const sizes = Object.fromEntries(convolutions.map((size, i) => [`convolutions[${i}]`, size]));
  checkSizes("captioner", { height, width, channels, ...sizes, vocabulary, embedding: features, hidden });
  checkMarks("captioner", config);
  checkTypes("captioner", "number", { dropout: rate });
  if (convolutions.length === 0) throw new RangeError("captioner: there must be at least one convolution.");
  const shrunk = 2 ** convolutions.length;
  if (height % shrunk !== 0 || width % shrunk !== 0)
    throw new RangeError(`captioner: ${convolutions.length} convolutions need pictures whose sides ${shrunk} divides, but they are ${height} × ${width}.`);
  if (positions !== "none" && positions !== "sinusoidal")
    throw new TypeError(`captioner: positions must be "none" or "sinusoidal", but is ${JSON.stringify(positions)}.`);
  const places = convolutions.at(-1) as number;
  if (positions === "sinusoidal" && places % 4 !== 0)
    throw new RangeError(`captioner: sinusoidal positions need a last convolution whose features 4 divides, but it has ${places}.`);
  const layers = convolutions.map((outputs, i) => dense({ inputs: 16 * (convolutions[i - 1] ?? channels), outputs }));
  const net = recurrentCell("captioner", cell, { input: features, hidden });
  const carried = cell.endsWith("lstm") ? ["h", "c"] : ["h"];
  const begin = dense({ inputs: places, outputs: carried.length * hidden });
  const tokens = embedding({ size: vocabulary, width: features });
  const decoder = attendingDecoder(net, { memoryFeatures: places, similarity });
  const head = dense({ inputs: decoder.outputSize, outputs: vocabulary });
  const drop = dropout({ rate });

  const model: Captioner = {
    kind: "captioner",
    config: { height, width, channels, convolutions, vocabulary, start, end, cell, embedding: features, hidden, similarity, positions, dropout: rate },
    places: { height: height / shrunk, width: width / shrunk },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      const keys = split(a, layers.length);
      return {
        convolutions: layers.map((layer, i) => layer.init(keys[i] as Key)),
        begin: begin.init(b),
        embedding: tokens.init(c),
        decoder: decoder.init(d),
        head: head.init(e),
      };
    },
    encode(params, { picture }) {
      if (picture.shape.slice(1).join() !== [height, width, channels].join())
        throw new Error(`captioner: pictures must be [batch, ${height}, ${width}, ${channels}], but are [${picture.shape}].`);
      const maps = params.convolutions.reduce((below, layer) => relu(affine(pictureWindows(below), layer)) as Tensor4D, picture);
      const memory = locations(maps, { positions });
      const first = tanh(affine(mean(memory, 1), params.begin)) as Tensor2D;
      const state = Object.fromEntries(carried.map((name, i) => [name, slice(first, [0, i * hidden], [-1, hidden])])) as CellState;
      return { memory, decoder: { cell: state } };
    },
    decode(params, { tokens: read, state: { memory, decoder: state }, weights: wanted }, mode = "inference") {
      const x = drop.apply({}, tokens.apply(params.embedding, read), modeAt(mode, 0)) as Tensor3D;
      const { outputs: written, weights, state: next } = decoder.apply(params.decoder, { x, memory, state });
      const logits = affine(drop.apply({}, written, modeAt(mode, 1)), params.head) as Tensor3D;
      return { logits, hidden: written, state: { memory, decoder: next }, ...(wanted && { weights }) };
    },
    apply(params, { target, weights, picture }, mode = "inference") {
      return model.decode(params, { tokens: target, state: model.encode(params, { picture }), weights }, mode);
    },
  };
  return model;
}
