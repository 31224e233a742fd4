import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Pointer } from "@refrain/kernels";
import type { Workbench } from "../simd/workbench.ts";
import { checkShape } from "./check-shape.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import { growingBuffers } from "./growing-buffers.ts";
import { layOut } from "./lay-out.ts";
import { type PackedMatrix, packMatrix } from "./packed-matrix.ts";
import { RECURRENT_KERNELS, type RecurrentKind } from "./recurrent-kernels.ts";

/** A recurrent language model as the decoder wants it. The tensors must outlive the decoder. */
export type DecoderModel = {
  readonly kind: RecurrentKind;
  /** [vocabulary, width] */
  readonly embedding: Tensor2D;
  /** Bottom first. */
  readonly layers: readonly {
    readonly weightInput: Tensor2D;
    readonly weightHidden: Tensor2D;
    readonly biasInput?: Tensor;
    readonly biasHidden?: Tensor;
  }[];
  /** `weight` [vocabulary, hidden]; `bias` [vocabulary] */
  readonly head: { readonly weight: Tensor2D; readonly bias?: Tensor };
};

/** A recurrent language model laid out once for reading a token at a time, of one text or of several at once. */
export type DecoderNet = {
  /** Numbers of one text's state: for each layer h [hidden], and of an LSTM c [hidden]. */
  readonly stateSize: number;
  /** Where, from its start, the top layer's h of a state lies, in numbers. */
  readonly top: number;
  /**
   * Reads one token more of each text: `states` [layers, h and c, texts, hidden] become the next ones. What becomes of one text does not
   * depend on the others, bit for bit.
   */
  advance(tokens: readonly number[], states: Pointer): void;
  /** Where the logits [texts, vocabulary] after the tokens that were read last lie, until it is called again. */
  logits(texts: number, states: Pointer): Pointer;
  dispose(): void;
};

/** @throws {Error} when a parameter is not of the shape that it must have. */
export function decoderNet(bench: Workbench, model: DecoderModel, weights: DecoderWeights): DecoderNet {
  const { kind, embedding, layers, head } = model;
  const { run, heap, at } = bench;
  const kernel = RECURRENT_KERNELS[kind];
  const [vocabulary, width] = embedding.shape;
  const hidden = head.weight.shape[1];
  const gates = kernel.gates * hidden;
  checkShapes(gates, model);
  const packed: PackedMatrix[] = [];
  const pack = (weight: Tensor2D) => {
    const matrix = packMatrix(bench, weights, weight.shape, at(weight));
    packed.push(matrix);
    return matrix;
  };
  const biases = layOut(bench, { sums: layers.length * gates });
  const steps = layers.map((layer, i) => ({
    ofInput: pack(layer.weightInput),
    ofHidden: pack(layer.weightHidden),
    ...biasesOf(bench, kernel.split, layer, gates, biases.sums + 4 * i * gates),
  }));
  const output = pack(head.weight);
  const parts = kernel.cell ? 2 : 1;
  const top = (layers.length - 1) * parts * hidden;
  const room = growingBuffers(bench, (texts) => ({
    tokens: texts,
    x: texts * width,
    gates: texts * gates,
    recurrent: kernel.split ? texts * gates : 0,
    logits: texts * vocabulary,
  }));

  return {
    stateSize: layers.length * parts * hidden,
    top,
    advance(tokens, states) {
      const texts = tokens.length;
      const buffers = room.for(texts),
        table = at(embedding);
      heap.i32(buffers.tokens, texts).set(tokens);
      run.gatherRows(texts, width, vocabulary, table, buffers.tokens, buffers.x);
      let x = buffers.x,
        h = states;
      for (const { ofInput, ofHidden, biasInput, biasHidden } of steps) {
        const c = h + 4 * texts * hidden;
        ofInput.multiply(texts, x, biasInput, buffers.gates);
        // The part of the hidden state stands apart where a gate acts on it alone.
        if (kernel.split) ofHidden.multiply(texts, h, biasHidden, buffers.recurrent);
        else ofHidden.multiply(texts, h, 0, buffers.gates, true);
        kernel.step(run, { texts, hidden, gates: buffers.gates, recurrent: buffers.recurrent, h, c });
        x = h;
        h += 4 * parts * texts * hidden;
      }
    },
    logits(texts, states) {
      const { logits } = room.for(texts);
      output.multiply(texts, states + 4 * top * texts, at(head.bias), logits);
      return logits;
    },
    dispose() {
      for (const { free } of packed) free();
      heap.free(biases.sums);
      room.free();
    },
  };
}

function checkShapes(gates: number, { embedding, layers, head }: DecoderModel): void {
  const [vocabulary, width] = embedding.shape,
    hidden = head.weight.shape[1];
  layers.forEach((layer, i) => {
    checkShape("decoder", `weightInput of layer ${i}`, layer.weightInput, gates, i === 0 ? width : hidden);
    checkShape("decoder", `weightHidden of layer ${i}`, layer.weightHidden, gates, hidden);
    checkShape("decoder", `biasInput of layer ${i}`, layer.biasInput, gates);
    checkShape("decoder", `biasHidden of layer ${i}`, layer.biasHidden, gates);
  });
  checkShape("decoder", "the head's weight", head.weight, vocabulary, hidden);
  checkShape("decoder", "the head's bias", head.bias, vocabulary);
}

/** The biases of the two products, 0 for none; where both products are summed, the first takes both biases, added up at `out` where there are two. */
function biasesOf(
  { run, at }: Workbench,
  split: boolean,
  { biasInput, biasHidden }: DecoderModel["layers"][number],
  size: number,
  out: Pointer,
): { readonly biasInput: Pointer; readonly biasHidden: Pointer } {
  if (split) return { biasInput: at(biasInput), biasHidden: at(biasHidden) };
  if (!biasHidden || !biasInput) return { biasInput: at(biasInput ?? biasHidden), biasHidden: 0 };
  run.blend(size, at(biasInput), 1, at(biasHidden), 1, out);
  return { biasInput: out, biasHidden: 0 };
}
