import { BINARY, type Pointer, UNARY } from "@refrain/kernels";
import type { Workbench } from "../simd/workbench.ts";
import { checkShape } from "./check-shape.ts";
import { copyValueBias } from "./copy-value-bias.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import { growingBuffers } from "./growing-buffers.ts";
import { layOut } from "./lay-out.ts";
import { type PackedMatrix, packMatrix } from "./packed-matrix.ts";
import type { TransformerModel } from "./transformer-model.ts";

type Layer = TransformerModel["layers"][number];
type Dense = TransformerModel["head"];

/** A token to read: how many came before it, and where each layer's keys and values [before + 1, width] lie, the last row to be written. */
export type TransformerStep = { readonly token: number; readonly before: number; readonly rows: (layer: number) => Pointer };

/** A causal Transformer laid out once for reading a token at a time, of one text or of several at once. */
export type TransformerNet = {
  /** Numbers of a token's keys and values in one layer. */
  readonly width: number;
  /** Reads one token more of each text. Gives where what the output layer reads [texts, features] lies. What becomes of one text does not depend on the others. */
  advance(steps: readonly TransformerStep[]): Pointer;
  /** Where the logits [texts, vocabulary] after the tokens that were read last lie. */
  logits(texts: number): Pointer;
  dispose(): void;
};

const SIGMOID = UNARY.indexOf("sigmoid"),
  RELU = UNARY.indexOf("relu"),
  MULTIPLY = BINARY.indexOf("multiply");

/** @throws {Error} when a parameter is not of the shape that it must have. */
export function transformerNet(bench: Workbench, model: TransformerModel, weights: DecoderWeights): TransformerNet {
  const { run, heap, at } = bench;
  const { heads, keyValueHeads, embedding, positions, turn, slopes, layers, finalNorm, head, activation } = model;
  const [vocabulary, features] = embedding.shape;
  const size = features / heads,
    width = 2 * keyValueHeads * size,
    inner = layers[0]?.feedForward.up.weight.shape[0] ?? 0;
  checkShapes(model, width, inner);
  const packed: PackedMatrix[] = [];
  const pack = ({ weight, bias }: Dense, biasAt: Pointer = at(bias)) => {
    const matrix = packMatrix(bench, weights, weight.shape, at(weight));
    packed.push(matrix);
    return (texts: number, x: Pointer, y: Pointer, accumulate = false) => matrix.multiply(texts, x, biasAt, y, accumulate);
  };
  const constants = layOut(bench, { slopes: heads, keyValueBiases: layers.length * width });
  if (slopes) heap.f32(constants.slopes, heads).set(slopes);
  const keyValueBias = ({ bias }: Dense, layer: number): Pointer =>
    bias && !turn ? copyValueBias(bench, bias, constants.keyValueBiases + 4 * layer * width) : at(bias);
  const nets = layers.map(({ attention, attentionNorm, feedForward, feedForwardNorm }, i) => ({
    attentionNorm,
    feedForwardNorm,
    query: pack(attention.query),
    keyValue: pack(attention.keyValue, keyValueBias(attention.keyValue, i)),
    output: pack(attention.output),
    up: pack(feedForward.up),
    gate: feedForward.gate && pack(feedForward.gate),
    down: pack(feedForward.down),
  }));
  const project = pack(head);
  const room = growingBuffers(bench, (texts) => ({
    x: texts * features,
    normal: texts * features,
    query: texts * features,
    keyValue: texts * width,
    attended: texts * features,
    inner: texts * inner,
    gate: texts * inner,
    logits: texts * vocabulary,
    logSums: heads,
    means: texts,
    scales: texts,
  }));

  const normalise = (texts: number, { weight, bias }: Layer["attentionNorm"]) => {
    const { x, normal, means, scales } = room.for(texts);
    if (model.norm === "layer") run.layerNormForward(texts, features, x, at(weight), at(bias), model.epsilon, normal, means, scales);
    else for (let text = 0; text < texts; text++) rmsNorm(bench, features, x + 4 * text * features, at(weight), model.epsilon, normal + 4 * text * features);
  };
  const attend = (steps: readonly TransformerStep[], net: (typeof nets)[number], layer: number) => {
    const { normal, query, keyValue, attended, logSums, x } = room.for(steps.length);
    net.query(steps.length, normal, query);
    net.keyValue(steps.length, normal, keyValue);
    steps.forEach(({ before, rows: rowsOf }, text) => {
      const rows = rowsOf(layer),
        own = query + 4 * text * features,
        length = before + 1;
      const last = heap.f32(rows + 4 * before * width, width);
      last.set(heap.f32(keyValue + 4 * text * width, width));
      turn?.(heap.f32(own, features), before);
      turn?.(last.subarray(0, width / 2), before);
      const slopesAt = slopes ? constants.slopes : 0;
      run.attentionForward(1, heads, keyValueHeads, 1, length, size, false, 0, slopesAt, 0, own, rows, attended + 4 * text * features, logSums);
    });
    net.output(steps.length, attended, x, true);
  };
  const feed = (texts: number, { up, gate: gateOf, down }: (typeof nets)[number]) => {
    const { normal, inner: raised, gate, x } = room.for(texts),
      count = texts * inner;
    up(texts, normal, raised);
    if (gateOf) {
      gateOf(texts, normal, gate);
      run.binary(MULTIPLY, 1, count, raised, 0, true, gate, 0, true, raised);
      run.unary(SIGMOID, count, gate, gate);
      run.binary(MULTIPLY, 1, count, raised, 0, true, gate, 0, true, raised);
    } else if (activation === "relu") run.unary(RELU, count, raised, raised);
    else run.geluForward(count, activation === "gelu-tanh", raised, raised, 0);
    down(texts, raised, x, true);
  };

  return {
    width,
    advance(steps) {
      const texts = steps.length;
      const { x, normal } = room.for(texts),
        table = at(embedding);
      steps.forEach(({ token, before }, text) => {
        const own = heap.f32(x + 4 * text * features, features);
        own.set(heap.f32(table + 4 * token * features, features));
        if (positions) for (let i = 0; i < features; i++) own[i] = (own[i] as number) + (positions[before * features + i] as number);
      });
      nets.forEach((net, layer) => {
        normalise(texts, net.attentionNorm);
        attend(steps, net, layer);
        normalise(texts, net.feedForwardNorm);
        feed(texts, net);
      });
      normalise(texts, finalNorm);
      return normal;
    },
    logits(texts) {
      const { normal, logits } = room.for(texts);
      project(texts, normal, logits);
      return logits;
    },
    dispose() {
      for (const { free } of packed) free();
      heap.free(constants.slopes);
      room.free();
    },
  };
}

function checkShapes({ embedding, layers, finalNorm, head }: TransformerModel, width: number, inner: number): void {
  const [vocabulary, features] = embedding.shape;
  const dense = (name: string, { weight, bias }: Dense, outputs: number, inputs: number) => {
    checkShape("decoder", `the weight of ${name}`, weight, outputs, inputs);
    checkShape("decoder", `the bias of ${name}`, bias, outputs);
  };
  const norm = (name: string, { weight, bias }: Layer["attentionNorm"]) => {
    for (const [part, tensor] of Object.entries({ weight, bias })) checkShape("decoder", `the ${part} of ${name}`, tensor, features);
  };
  layers.forEach(({ attention, attentionNorm, feedForward, feedForwardNorm }, i) => {
    norm(`attentionNorm of layer ${i}`, attentionNorm);
    dense(`query of layer ${i}`, attention.query, features, features);
    dense(`keyValue of layer ${i}`, attention.keyValue, width, features);
    dense(`output of layer ${i}`, attention.output, features, features);
    norm(`feedForwardNorm of layer ${i}`, feedForwardNorm);
    dense(`up of layer ${i}`, feedForward.up, inner, features);
    if (feedForward.gate) dense(`gate of layer ${i}`, feedForward.gate, inner, features);
    dense(`down of layer ${i}`, feedForward.down, features, inner);
  });
  norm("the last norm", finalNorm);
  dense("the head", head, vocabulary, features);
}

/** The RMS norm of one vector. */
function rmsNorm({ run, heap }: Workbench, features: number, x: Pointer, weight: Pointer, epsilon: number, out: Pointer): void {
  const scale = 1 / Math.sqrt(run.sumSquares(features, x) / features + epsilon);
  run.binary(MULTIPLY, 1, features, x, 0, true, weight, 0, true, out);
  const normal = heap.f32(out, features);
  for (let i = 0; i < features; i++) normal[i] = (normal[i] as number) * scale;
}
