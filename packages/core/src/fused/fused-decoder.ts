import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Pointer } from "@refrain/kernels";
import { type Workbench, workbench } from "../simd/workbench.ts";
import { layOut } from "./lay-out.ts";
import { RECURRENT_KERNELS, type RecurrentKernel, type RecurrentKind } from "./recurrent-kernels.ts";

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

/** A place in a text: the state of all layers, in the heap. */
export type DecoderState = { readonly block: Pointer };

/** The state after a token, and the logits [vocabulary] of the next. */
export type DecoderReading = {
  readonly state: DecoderState;
  readonly logits: Float32Array;
  /** The top layer's h [hidden], copied when it is first asked for, which must be before the state is released. */
  readonly hidden: Float32Array;
};

/**
 * Decodes one token at a time straight on the kernels: no tensors, no TensorFlow.js on the way. All buffers are laid out once;
 * states are blocks of the heap, which `release` and `dispose` give back.
 */
export type FusedDecoder = {
  /** Reads one more token, from zeros without a state. The given state stays as it was. */
  read(token: number, state?: DecoderState): DecoderReading;
  release(state: DecoderState): void;
  /** Gives everything back, states included. */
  dispose(): void;
};

/**
 * A decoder of a recurrent language model, or undefined where the backend is not `simd`.
 * @throws {Error} when a parameter is not of the shape that it must have.
 */
export function fusedDecoder({ kind, embedding, layers, head }: DecoderModel): FusedDecoder | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const { run, heap, at } = bench;
  const kernel = RECURRENT_KERNELS[kind];
  const [vocabulary, width] = embedding.shape;
  const hidden = head.weight.shape[1];
  const gates = kernel.gates * hidden;
  checkShapes(gates, hidden, width, layers, head);
  const stateSize = layers.length * (kernel.cell ? 2 : 1) * hidden;
  const scratch = layOut(bench, { counts: 1, gates, previous: hidden, extra: hidden, outputs: hidden, logits: vocabulary, biases: layers.length * gates });
  heap.i32(scratch.counts, 1)[0] = 1;
  const sums = layers.map((layer, i) => sumBiases(bench, kernel, layer, gates, scratch.biases + 4 * i * gates));
  const alive = new Set<DecoderState>();
  let disposed = false;

  return {
    read(token, state) {
      if (!Number.isInteger(token) || token < 0 || token >= vocabulary)
        throw new RangeError(`decoder: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
      if (disposed || (state && !alive.has(state))) throw new Error("decoder: this state was released. Read on from one that is held.");
      const block = heap.alloc(4 * stateSize);
      const next = { block };
      alive.add(next);
      const memory = heap.f32(block, stateSize);
      if (state) memory.set(heap.f32(state.block, stateSize));
      else memory.fill(0);
      let x = at(embedding) + 4 * token * width,
        inputs = width,
        h = block;
      for (const [i, layer] of layers.entries()) {
        run.gemv(gates, inputs, at(layer.weightInput), inputs, x, sums[i] as Pointer, scratch.gates, false);
        kernel.forward(run, {
          time: 1,
          hidden,
          counts: scratch.counts,
          gates: scratch.gates,
          weights: at(layer.weightHidden),
          recurrentBias: at(layer.biasHidden),
          h,
          c: kernel.cell ? h + 4 * hidden : 0,
          previous: scratch.previous,
          extra: scratch.extra,
          outputs: scratch.outputs,
        });
        x = h;
        inputs = hidden;
        h += 4 * hidden * (kernel.cell ? 2 : 1);
      }
      run.gemv(vocabulary, hidden, at(head.weight), hidden, x, at(head.bias), scratch.logits, false);
      const top = x;
      let copied: Float32Array | undefined;
      return {
        state: next,
        logits: heap.f32(scratch.logits, vocabulary).slice(),
        get hidden() {
          if (!copied && !alive.has(next)) throw new Error("decoder: this state was released. Take its hidden state before.");
          copied ??= heap.f32(top, hidden).slice();
          return copied;
        },
      };
    },
    release(state) {
      if (alive.delete(state)) heap.free(state.block);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const { block } of alive) heap.free(block);
      alive.clear();
      heap.free(scratch.counts);
    },
  };
}

/** Kernels read what they are pointed at. */
function checkShapes(gates: number, hidden: number, width: number, layers: DecoderModel["layers"], head: DecoderModel["head"]): void {
  const expect = (name: string, tensor: Tensor | undefined, ...shape: number[]) => {
    if (tensor && tensor.shape.join() !== shape.join()) throw new Error(`decoder: ${name} must be [${shape}], but is [${tensor.shape}].`);
  };
  layers.forEach((layer, i) => {
    expect(`weightInput of layer ${i}`, layer.weightInput, gates, i === 0 ? width : hidden);
    expect(`weightHidden of layer ${i}`, layer.weightHidden, gates, hidden);
    expect(`biasInput of layer ${i}`, layer.biasInput, gates);
    expect(`biasHidden of layer ${i}`, layer.biasHidden, gates);
  });
  expect("the head's bias", head.bias, head.weight.shape[0]);
}

/** The bias of the input's product: both biases where the kernel adds them up, else the input's own; 0 for none. */
function sumBiases(
  { run, at }: Workbench,
  { split }: RecurrentKernel,
  { biasInput, biasHidden }: DecoderModel["layers"][number],
  size: number,
  out: Pointer,
): Pointer {
  if (split || !biasHidden || !biasInput) return at(biasInput ?? (split ? undefined : biasHidden));
  run.blend(size, at(biasInput), 1, at(biasHidden), 1, out);
  return out;
}
