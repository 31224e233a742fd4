import { type Kernels, UNARY } from "@refrain/kernels";
import { type Linear, recurrentStack, sinusoids } from "@refrain/kernels/nets";
import type { Maker } from "../make-model.ts";
import { CELL_NAMES, kernelOf, recurrentLayer } from "../recurrent-layers.ts";
import { isSize, settingsOf } from "../settings.ts";
import { tokenizerOf } from "../tokenizer-of.ts";
import { weigh } from "../weighing.ts";
import { withScratch } from "../with-scratch.ts";
import { attendingNet, type AttendingParts, type Encoded } from "./attending-net.ts";
import type { Captioner } from "./contract.ts";
import { markOf } from "./mark-of.ts";
import { pictureWindows } from "./picture-windows.ts";
import { SIMILARITY_NAMES, similarityOf } from "./similarity.ts";
import { writerSessions } from "./writer-sessions.ts";

const [RELU, TANH] = [UNARY.indexOf("relu"), UNARY.indexOf("tanh")];

/** Show, attend and tell: convolutions make places of a picture, and a recurrent net that looks at them writes a caption. */
export const captioner: Maker<Captioner> = (kernels, file, params) => {
  const settings = settingsOf("captioner", file.config);
  const { size, choice } = settings;
  const [height, width, channels, vocabulary] = [size("height"), size("width"), size("channels"), size("vocabulary")];
  const [features, hidden, cell] = [size("embedding"), size("hidden"), choice("cell", CELL_NAMES)];
  const convolutions = settings.field("convolutions", "a list of whole numbers of at least 1", isSizes);
  const positions = choice("positions", ["none", "sinusoidal"], "sinusoidal"),
    memoryFeatures = convolutions.at(-1) as number,
    shrunk = 2 ** convolutions.length;
  const damaged = (problem: string) => new Error(`this model file is damaged: its captioner ${problem}.`);
  if (height % shrunk !== 0 || width % shrunk !== 0) throw damaged(`cannot halve pictures of ${height} × ${width} ${convolutions.length} times`);
  if (positions === "sinusoidal" && memoryFeatures % 4 !== 0) throw damaged(`needs features that 4 divides to tell its places, but has ${memoryFeatures}`);
  const maps = convolutions.map((outputs, i) => params.linear(`convolutions.${i}`, outputs, 16 * (convolutions[i - 1] ?? channels)));
  const stack = params.own(recurrentStack(kernels, kernelOf(cell), [recurrentLayer(params, "decoder.cell", cell, features, hidden)]));
  const begin = params.linear("begin", stack.stateSize, memoryFeatures);
  const parts: AttendingParts = {
    table: params.table("embedding.weight", vocabulary, features),
    width: features,
    stack,
    memoryFeatures,
    query: "new",
    inputFeeding: false,
    similarity: similarityOf(kernels, params, "decoder.score", choice("similarity", SIMILARITY_NAMES, "additive"), {
      queries: hidden,
      features: memoryFeatures,
    }),
    combine: params.matrix("decoder.combine.weight", hidden, memoryFeatures + hidden),
    head: params.linear("head", vocabulary, hidden),
  };
  const places = { height: height / shrunk, width: width / shrunk };
  const encode = (picture: ArrayLike<number>): Encoded => {
    if (picture.length !== height * width * channels)
      throw new RangeError(
        `session: a picture of ${height} × ${width} × ${channels} has ${height * width * channels} numbers, but ${picture.length} were given.`,
      );
    let seen: Float32Array = Float32Array.from(picture);
    let [rows, columns, below] = [height, width, channels];
    for (const map of maps) {
      seen = convolve(kernels, map, seen, rows, columns, below);
      [rows, columns, below] = [rows / 2, columns / 2, map.matrix.outputs];
    }
    const count = rows * columns;
    const values = positions === "none" ? seen : located(seen, rows, columns, memoryFeatures);
    return withScratch(kernels.heap, (lend) => {
      const [mean, first] = [lend(memoryFeatures), lend(stack.stateSize)];
      kernels.heap.f32(mean, memoryFeatures).set(weigh(new Float32Array(count).fill(1 / count), values, memoryFeatures));
      begin.matrix.multiply(1, mean, begin.bias, first);
      kernels.run.unary(TANH, stack.stateSize, first, first);
      return { places: count, values, state: kernels.heap.f32(first, stack.stateSize).slice() };
    });
  };
  const config = { height, width, channels, vocabulary, start: markOf(settings, "start", vocabulary), end: markOf(settings, "end", vocabulary) };
  const tokenizer = tokenizerOf(file.tokenizer, vocabulary);
  return {
    kind: "captioner",
    config,
    get tokenizer() {
      return tokenizer();
    },
    about: file.about,
    places,
    ...writerSessions(kernels, params, params.own(attendingNet(kernels, parts, encode))),
  };
};

const isSizes = (value: unknown): value is number[] => Array.isArray(value) && value.length > 0 && value.every(isSize);

/** A convolution of 4 × 4 with stride 2, and relu: [height, width, features] to [height / 2, width / 2, outputs]. */
function convolve({ run, heap }: Kernels, { matrix, bias }: Linear, picture: Float32Array, height: number, width: number, features: number): Float32Array {
  const count = (height / 2) * (width / 2);
  return withScratch(heap, (lend) => {
    const [windows, out] = [lend(count * 16 * features), lend(count * matrix.outputs)];
    pictureWindows(heap, picture, height, width, features, windows);
    matrix.multiply(count, windows, bias, out);
    run.unary(RELU, count * matrix.outputs, out, out);
    return heap.f32(out, count * matrix.outputs).slice();
  });
}

/** Places that are told where they lie: the first half of the features tells the row, the second the column (Parmar et al. 2018, section 3.1). */
function located(values: Float32Array, rows: number, columns: number, features: number): Float32Array {
  const half = features / 2;
  const [ofRow, ofColumn] = [sinusoids(rows, half), sinusoids(columns, half)];
  return values.map((value, i) => {
    const [place, feature] = [Math.floor(i / features), i % features];
    const [row, column] = [Math.floor(place / columns), place % columns];
    return value + ((feature < half ? ofRow[row * half + feature] : ofColumn[column * half + feature - half]) as number);
  });
}
