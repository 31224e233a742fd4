import { UNARY, BINARY, type Pointer } from "@refrain/kernels";
import { type Workbench, workbench } from "../simd/workbench.ts";
import { type CachedPlace, keyValueCache } from "./key-value-cache.ts";
import { layOut } from "./lay-out.ts";
import type { TransformerModel } from "./transformer-model.ts";

/** A place in a text: the keys and values of what was read, in the heap. */
export type TransformerPlace = CachedPlace;

/** The place after a token, and the logits [vocabulary] of the next. */
export type TransformerReading = {
  readonly place: TransformerPlace;
  readonly logits: Float32Array;
  /** What the output layer read [features]. */
  readonly hidden: Float32Array;
};

/**
 * Decodes one token at a time straight on the kernels, with a key/value cache: no tensors, no TensorFlow.js on the way. All buffers are
 * laid out once; `release` and `dispose` give the cache back.
 */
export type FusedTransformerDecoder = {
  /** Reads one more token after a place, which stays as it was. @throws {RangeError} when the context is full, or the token is none. */
  read(token: number, place?: TransformerPlace): TransformerReading;
  release(place: TransformerPlace): void;
  dispose(): void;
};

const SIGMOID = UNARY.indexOf("sigmoid"),
  RELU = UNARY.indexOf("relu"),
  MULTIPLY = BINARY.indexOf("multiply");

/** A decoder of a causal Transformer, or undefined where the backend is not `simd`. */
export function fusedTransformerDecoder(model: TransformerModel): FusedTransformerDecoder | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const { run, heap, at } = bench;
  const { context, heads, keyValueHeads, embedding, positions, turn, slopes, layers, finalNorm, head, activation } = model;
  const [vocabulary, features] = embedding.shape;
  const size = features / heads,
    width = 2 * keyValueHeads * size,
    inner = layers[0]?.feedForward.up.weight.shape[0] ?? 0;
  const cache = keyValueCache(heap, layers.length, context, width);
  const buffers = layOut(bench, {
    x: features,
    normal: features,
    query: features,
    attended: features,
    inner,
    gate: inner,
    logits: vocabulary,
    logSums: heads,
    statistics: 8,
    slopes: heads,
    keyValueBiases: layers.length * width,
  });
  if (slopes) heap.f32(buffers.slopes, heads).set(slopes);
  const biases = layers.map(({ attention }, i) =>
    biasOfValues(bench, attention.keyValue.bias, width, turn !== undefined, buffers.keyValueBiases + 4 * i * width),
  );
  const normalise = norms(bench, model, features, buffers.statistics);
  const dense = ({ weight, bias }: TransformerModel["head"], x: Pointer, y: Pointer, accumulate = false) =>
    run.gemv(weight.shape[0], weight.shape[1], at(weight), weight.shape[1], x, at(bias), y, accumulate);
  let disposed = false;

  const attend = (layer: TransformerModel["layers"][number], bias: Pointer, rows: Pointer, length: number) => {
    const { query, keyValue, output } = layer.attention;
    const last = rows + 4 * (length - 1) * width;
    dense(query, buffers.normal, buffers.query);
    run.gemv(width, features, at(keyValue.weight), features, buffers.normal, bias, last, false);
    turn?.(heap.f32(buffers.query, features), length - 1);
    turn?.(heap.f32(last, width / 2), length - 1);
    run.attentionForward(
      1,
      heads,
      keyValueHeads,
      1,
      length,
      size,
      false,
      0,
      slopes ? buffers.slopes : 0,
      0,
      buffers.query,
      rows,
      buffers.attended,
      buffers.logSums,
    );
    dense(output, buffers.attended, buffers.x, true);
  };
  const feed = ({ up, gate, down }: TransformerModel["layers"][number]["feedForward"]) => {
    dense(up, buffers.normal, buffers.inner);
    if (gate) {
      dense(gate, buffers.normal, buffers.gate);
      run.binary(MULTIPLY, 1, inner, buffers.inner, 0, true, buffers.gate, 0, true, buffers.inner);
      run.unary(SIGMOID, inner, buffers.gate, buffers.gate);
      run.binary(MULTIPLY, 1, inner, buffers.inner, 0, true, buffers.gate, 0, true, buffers.inner);
    } else if (activation === "relu") run.unary(RELU, inner, buffers.inner, buffers.inner);
    else run.geluForward(inner, activation === "gelu-tanh", buffers.inner, buffers.inner);
    dense(down, buffers.inner, buffers.x, true);
  };

  return {
    read(token, place) {
      if (!Number.isInteger(token) || token < 0 || token >= vocabulary)
        throw new RangeError(`decoder: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
      if (disposed || (place && !cache.holds(place))) throw new Error("decoder: this place was released. Read on from one that is held.");
      if ((place?.length ?? 0) >= context) throw new RangeError(`decoder: the context of ${context} tokens is full.`);
      const next = cache.after(place);
      const x = heap.f32(buffers.x, features);
      x.set(heap.f32(at(embedding) + 4 * token * features, features));
      if (positions) for (let i = 0; i < features; i++) x[i] = (x[i] as number) + (positions[(next.length - 1) * features + i] as number);
      layers.forEach((layer, i) => {
        normalise(layer.attentionNorm, buffers.x, buffers.normal);
        attend(layer, biases[i] as Pointer, cache.rows(next, i), next.length);
        normalise(layer.feedForwardNorm, buffers.x, buffers.normal);
        feed(layer.feedForward);
      });
      normalise(finalNorm, buffers.x, buffers.normal);
      dense(head, buffers.normal, buffers.logits);
      return { place: next, logits: heap.f32(buffers.logits, vocabulary).slice(), hidden: heap.f32(buffers.normal, features).slice() };
    },
    release: cache.release,
    dispose() {
      if (disposed) return;
      disposed = true;
      cache.releaseAll();
      heap.free(buffers.x);
    },
  };
}

/** The bias of keys and values; where keys are not turned, theirs counts for nothing, and is left out as it is in training. */
function biasOfValues({ heap, at }: Workbench, bias: TransformerModel["head"]["bias"], width: number, whole: boolean, out: Pointer): Pointer {
  if (!bias) return 0;
  const values = heap.f32(at(bias), width).slice();
  if (!whole) values.fill(0, 0, width / 2);
  heap.f32(out, width).set(values);
  return out;
}

/** A norm of one vector, of the model's kind. */
function norms({ run, heap, at }: Workbench, { norm, epsilon }: TransformerModel, features: number, statistics: Pointer) {
  return ({ weight, bias }: TransformerModel["finalNorm"], x: Pointer, out: Pointer): void => {
    if (norm === "layer") {
      run.layerNormForward(1, features, x, at(weight), at(bias), epsilon, out, statistics, statistics + 16);
      return;
    }
    const weights = at(weight);
    const scale = 1 / Math.sqrt(run.sumSquares(features, x) / features + epsilon);
    run.binary(MULTIPLY, 1, features, x, 0, true, weights, 0, true, out);
    const normal = heap.f32(out, features);
    for (let i = 0; i < features; i++) normal[i] = (normal[i] as number) * scale;
  };
}
