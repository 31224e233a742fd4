import type { Tensor } from "@tensorflow/tfjs-core";
import type { Kernels, Pointer } from "@refrain/kernels";
import { growingBuffers, layOut, type PackedAs, type PackedMatrix, packMatrix, transformerStack } from "@refrain/kernels/nets";
import { checkShape } from "./check-shape.ts";
import { copyValueBias } from "./copy-value-bias.ts";
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

/** @param at where a tensor lies @throws {Error} when a parameter is not of the shape that it must have. */
export function transformerNet(kernels: Kernels, at: (tensor: Tensor | undefined) => Pointer, model: TransformerModel, weights: PackedAs): TransformerNet {
  const { heap } = kernels;
  const { heads, keyValueHeads, embedding, positions, turn, slopes, layers, finalNorm, head, norm, epsilon, activation } = model;
  const [vocabulary, features] = embedding.shape;
  const width = (2 * keyValueHeads * features) / heads,
    inner = layers[0]?.feedForward.up.weight.shape[0] ?? 0;
  checkShapes(model, width, inner);
  const packed: PackedMatrix[] = [];
  const pack = ({ weight, bias }: Dense, biasAt: Pointer = at(bias)) => {
    const matrix = packMatrix(kernels, weights, weight.shape[0], weight.shape[1], at(weight));
    packed.push(matrix);
    return { matrix, bias: biasAt };
  };
  const constants = layOut(heap, { keyValueBiases: layers.length * width });
  const keyValueBias = ({ bias }: Dense, layer: number): Pointer =>
    bias && !turn ? copyValueBias({ heap, at }, bias, constants.keyValueBiases + 4 * layer * width) : at(bias);
  const placed = ({ weight, bias }: Layer["attentionNorm"]) => ({ weight: at(weight), bias: at(bias) });
  const stack = transformerStack(
    kernels,
    { features, heads, keyValueHeads, inner, norm, epsilon, order: "pre", activation, causal: true, turn, slopes },
    layers.map(({ attention, attentionNorm, feedForward: { up, gate, down }, feedForwardNorm }, i) => ({
      attentionNorm: placed(attentionNorm),
      attention: {
        query: pack(attention.query),
        keyValue: pack(attention.keyValue, keyValueBias(attention.keyValue, i)),
        output: pack(attention.output),
      },
      feedForwardNorm: placed(feedForwardNorm),
      feedForward: { up: pack(up), gate: gate && pack(gate), down: pack(down) },
    })),
    placed(finalNorm),
  );
  const project = pack(head);
  const room = growingBuffers(heap, (texts) => ({ x: texts * features, logits: texts * vocabulary }));
  let reached: Pointer = 0;

  return {
    width,
    advance(steps) {
      const { x } = room.for(steps.length),
        table = at(embedding);
      steps.forEach(({ token, before }, text) => {
        const own = heap.f32(x + 4 * text * features, features);
        own.set(heap.f32(table + 4 * token * features, features));
        if (positions) for (let i = 0; i < features; i++) own[i] = (own[i] as number) + (positions[before * features + i] as number);
      });
      reached = stack.advance(steps, 1, x);
      return reached;
    },
    logits(texts) {
      const { logits } = room.for(texts);
      project.matrix.multiply(texts, reached, project.bias, logits);
      return logits;
    },
    dispose() {
      for (const { free } of packed) free();
      heap.free(constants.keyValueBiases);
      stack.dispose();
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
