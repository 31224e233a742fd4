import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Kernels, Pointer } from "@refrain/kernels";
import { growingBuffers, type PackedAs, type PackedMatrix, packMatrix, recurrentStack } from "@refrain/kernels/nets";
import { checkShape } from "./check-shape.ts";
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
  /** Reads one token more of each text: `states`, a block each, become the next ones. */
  advance(tokens: readonly number[], states: readonly Pointer[]): void;
  /** Where the logits [texts, vocabulary] after the tokens that were read last lie, until it is called again. */
  logits(texts: number): Pointer;
  dispose(): void;
};

/** @param at where a tensor lies @throws {Error} when a parameter is not of the shape that it must have. */
export function decoderNet(kernels: Kernels, at: (tensor: Tensor | undefined) => Pointer, model: DecoderModel, weights: PackedAs): DecoderNet {
  const { embedding, layers, head } = model;
  const { run, heap } = kernels;
  const [vocabulary, width] = embedding.shape;
  checkShapes(model);
  const packed: PackedMatrix[] = [];
  const pack = (weight: Tensor2D) => {
    const matrix = packMatrix(kernels, weights, weight.shape[0], weight.shape[1], at(weight));
    packed.push(matrix);
    return matrix;
  };
  const stack = recurrentStack(
    kernels,
    model.kind,
    layers.map(({ weightInput, weightHidden, biasInput, biasHidden }) => ({
      ofInput: pack(weightInput),
      ofHidden: pack(weightHidden),
      biasInput: at(biasInput),
      biasHidden: at(biasHidden),
    })),
  );
  const output = pack(head.weight);
  const room = growingBuffers(heap, (texts) => ({ tokens: texts, x: texts * width, logits: texts * vocabulary }));
  let reached: Pointer = 0;

  return {
    stateSize: stack.stateSize,
    top: stack.top,
    advance(tokens, states) {
      const texts = tokens.length,
        buffers = room.for(texts);
      heap.i32(buffers.tokens, texts).set(tokens);
      run.gatherRows(texts, width, vocabulary, at(embedding), buffers.tokens, buffers.x);
      reached = stack.advance(buffers.x, states);
    },
    logits(texts) {
      const { logits } = room.for(texts);
      output.multiply(texts, reached, at(head.bias), logits);
      return logits;
    },
    dispose() {
      for (const { free } of packed) free();
      stack.dispose();
      room.free();
    },
  };
}

function checkShapes({ kind, embedding, layers, head }: DecoderModel): void {
  const [vocabulary, width] = embedding.shape,
    hidden = head.weight.shape[1],
    gates = RECURRENT_KERNELS[kind].gates * hidden;
  layers.forEach((layer, i) => {
    checkShape("decoder", `weightInput of layer ${i}`, layer.weightInput, gates, i === 0 ? width : hidden);
    checkShape("decoder", `weightHidden of layer ${i}`, layer.weightHidden, gates, hidden);
    checkShape("decoder", `biasInput of layer ${i}`, layer.biasInput, gates);
    checkShape("decoder", `biasHidden of layer ${i}`, layer.biasHidden, gates);
  });
  checkShape("decoder", "the head's weight", head.weight, vocabulary, hidden);
  checkShape("decoder", "the head's bias", head.bias, vocabulary);
}
