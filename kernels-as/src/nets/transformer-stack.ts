import type { Kernels, Pointer } from "../kernels.ts";
import { BINARY, UNARY } from "../operations.ts";
import type { AttentionWeights, BlockLayer, BlockShape, FeedForwardWeights, Linear, NormAt, TextPlace } from "./block-contract.ts";
import { growingBuffers } from "./growing-buffers.ts";
import { layOut } from "./lay-out.ts";

/** Transformer layers on top of each other, laid out once for reading some places at a time, of one text or of several at once. */
export type TransformerStack = {
  /** Numbers of a place's keys and values in one layer. */
  readonly width: number;
  /**
   * Reads `count` places more of each text, `x` [texts * count, features], which is changed. Gives where the output [texts * count, features]
   * lies. What becomes of one text does not depend on the others, bit for bit.
   */
  advance(texts: readonly TextPlace[], count: number, x: Pointer): Pointer;
  /** Gives the stack's own memory back; the weights are the caller's. */
  dispose(): void;
};

const [SIGMOID, RELU] = [UNARY.indexOf("sigmoid"), UNARY.indexOf("relu")];
const MULTIPLY = BINARY.indexOf("multiply");

/**
 * Lays Transformer layers out for reading some places at a time.
 *
 * @param layers bottom first.
 * @param finalNorm what follows the last layer; nothing by default.
 */
export function transformerStack({ run, heap }: Kernels, shape: BlockShape, layers: readonly BlockLayer[], finalNorm?: NormAt): TransformerStack {
  const { features, heads, keyValueHeads, inner, turn, slopes, activation, causal } = shape;
  const size = features / heads,
    width = 2 * keyValueHeads * size;
  const constants = layOut(heap, { slopes: heads });
  if (slopes) heap.f32(constants.slopes, heads).set(slopes);
  const room = growingBuffers(heap, (rows) => ({
    normal: rows * features,
    query: rows * features,
    keyValue: rows * width,
    attended: rows * features,
    inner: rows * inner,
    gate: rows * inner,
    logSums: rows * heads,
    means: rows,
    scales: rows,
  }));
  const apply = ({ matrix, bias }: Linear, rows: number, x: Pointer, y: Pointer, accumulate = false) => matrix.multiply(rows, x, bias, y, accumulate);

  const normalise = (rows: number, x: Pointer, { weight, bias }: NormAt, out: Pointer) => {
    const { means, scales } = room.for(rows);
    if (shape.norm === "layer") return run.layerNormForward(rows, features, x, weight, bias, shape.epsilon, out, means, scales);
    for (let row = 0; row < rows; row++) rmsNorm(x + 4 * row * features, weight, out + 4 * row * features);
  };
  const rmsNorm = (x: Pointer, weight: Pointer, out: Pointer) => {
    const scale = 1 / Math.sqrt(run.sumSquares(features, x) / features + shape.epsilon);
    run.binary(MULTIPLY, 1, features, x, 0, true, weight, 0, true, out);
    const normal = heap.f32(out, features);
    for (let i = 0; i < features; i++) normal[i] = (normal[i] as number) * scale;
  };
  /** A part with its norm; what the part gives it adds to x by itself. */
  const around = (rows: number, x: Pointer, norm: NormAt, part: (input: Pointer) => void) => {
    const { normal } = room.for(rows);
    if (shape.order === "pre") {
      normalise(rows, x, norm, normal);
      return part(normal);
    }
    part(x);
    normalise(rows, x, norm, normal);
    heap.f32(x, rows * features).set(heap.f32(normal, rows * features));
  };

  const attend = (texts: readonly TextPlace[], count: number, layer: number, weights: AttentionWeights, input: Pointer, x: Pointer) => {
    const rows = texts.length * count;
    const { query, keyValue, attended, logSums } = room.for(rows);
    apply(weights.query, rows, input, query);
    apply(weights.keyValue, rows, input, keyValue);
    texts.forEach(({ before, rows: rowsOf }, text) => {
      const first = text * count,
        known = rowsOf(layer);
      const added = heap.f32(known + 4 * before * width, count * width);
      added.set(heap.f32(keyValue + 4 * first * width, count * width));
      for (let i = 0; turn && i < count; i++) {
        turn(heap.f32(query + 4 * (first + i) * features, features), before + i);
        turn(added.subarray(i * width, i * width + width / 2), before + i);
      }
      const own = 4 * first * features;
      const slopesAt = slopes ? constants.slopes : 0;
      run.attentionForward(1, heads, keyValueHeads, count, before + count, size, causal, 0, slopesAt, 0, query + own, known, attended + own, logSums);
    });
    apply(weights.output, rows, attended, x, true);
  };
  const look = (texts: readonly TextPlace[], count: number, layer: number, weights: AttentionWeights, input: Pointer, x: Pointer) => {
    const rows = texts.length * count;
    const { query, attended, logSums } = room.for(rows);
    apply(weights.query, rows, input, query);
    texts.forEach((place, text) => {
      const own = 4 * text * count * features;
      const [memory, length] = [place.memory?.(layer) ?? 0, place.memoryLength ?? 0];
      place.looked?.(layer, query + own);
      run.attentionForward(1, heads, keyValueHeads, count, length, size, false, 0, 0, 0, query + own, memory, attended + own, logSums);
    });
    apply(weights.output, rows, attended, x, true);
  };
  const feed = (rows: number, { up, gate: gateOf, down }: FeedForwardWeights, input: Pointer, x: Pointer) => {
    const { inner: raised, gate } = room.for(rows),
      count = rows * inner;
    apply(up, rows, input, raised);
    if (gateOf) {
      const multiply = (a: Pointer, b: Pointer, out: Pointer) => run.binary(MULTIPLY, 1, count, a, 0, true, b, 0, true, out);
      apply(gateOf, rows, input, gate);
      multiply(raised, gate, raised);
      run.unary(SIGMOID, count, gate, gate);
      multiply(raised, gate, raised);
    } else if (activation === "relu") run.unary(RELU, count, raised, raised);
    else run.geluForward(count, activation === "gelu-tanh", raised, raised, 0);
    apply(down, rows, raised, x, true);
  };

  return {
    width,
    advance(texts, count, x) {
      const rows = texts.length * count;
      layers.forEach(({ attentionNorm, attention, crossNorm, cross, feedForwardNorm, feedForward }, layer) => {
        around(rows, x, attentionNorm, (input) => attend(texts, count, layer, attention, input, x));
        if (cross && crossNorm) around(rows, x, crossNorm, (input) => look(texts, count, layer, cross, input, x));
        around(rows, x, feedForwardNorm, (input) => feed(rows, feedForward, input, x));
      });
      if (!finalNorm) return x;
      const { normal } = room.for(rows);
      normalise(rows, x, finalNorm, normal);
      return normal;
    },
    dispose() {
      heap.free(constants.slopes);
      room.free();
    },
  };
}
