import type { Pointer } from "@refrain/kernels";
import type { PackedAs } from "@refrain/kernels/nets";
import { workbench } from "../simd/workbench.ts";
import { type DecoderModel, decoderNet } from "./decoder-net.ts";

export type { DecoderModel } from "./decoder-net.ts";

/** A place in a text: the state of all layers, in the heap. */
export type DecoderState = { readonly block: Pointer };

/** The state after a token, and the logits [vocabulary] of the next. */
export type DecoderReading = {
  readonly state: DecoderState;
  readonly logits: Float32Array;
  /** The top layer's h [hidden], copied when it is first asked for, which must be before the state is released. */
  readonly hidden: Float32Array;
};

/** A token to read after a state, or from zeros. */
export type DecoderStep = { readonly token: number; readonly state?: DecoderState | undefined };

/**
 * Decodes one token at a time straight on the kernels: no tensors, no TensorFlow.js on the way. Weights are packed and buffers laid out
 * once; states are blocks of the heap, which `release` and `dispose` give back. Given states stay as they were.
 */
export type FusedDecoder = {
  /** Reads tokens, one at least. The logits after the last are written `into` an array [vocabulary] where one is given, else into a new one. */
  read(tokens: readonly number[], state?: DecoderState, into?: Float32Array): DecoderReading;
  /** Reads one more token of each of several texts at once, which reads the weights once: the same bits as one by one. */
  readEach(steps: readonly DecoderStep[]): DecoderReading[];
  /** Gives a state back. */
  release(state: DecoderState): void;
  /** Gives everything back, states included. */
  dispose(): void;
};

/**
 * A decoder of a recurrent language model, or undefined where the backend is not `simd`.
 *
 * @param weights int8 rounds each row of weights to 255 steps, and what they are multiplied by to 127: faster, and a little worse.
 * @throws {Error} when a parameter is not of the shape that it must have.
 */
export function fusedDecoder(model: DecoderModel, weights: PackedAs = "f32"): FusedDecoder | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const { heap } = bench;
  const [vocabulary] = model.embedding.shape,
    hidden = model.head.weight.shape[1];
  const net = decoderNet(bench.kernels, bench.at, model, weights);
  const { stateSize, top } = net;
  const alive = new Set<DecoderState>();
  let disposed = false;

  const check = (token: number | undefined, state: DecoderState | undefined) => {
    if (!Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary)
      throw new RangeError(`decoder: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
    if (disposed || (state && !alive.has(state))) throw new Error("decoder: this state was released. Read on from one that is held.");
  };
  /** A state of its own, as the given one is. */
  const copyOf = (state: DecoderState | undefined): DecoderState => {
    const block = heap.alloc(4 * stateSize);
    const numbers = heap.f32(block, stateSize);
    if (state) numbers.set(heap.f32(state.block, stateSize));
    else numbers.fill(0);
    const copy = { block };
    alive.add(copy);
    return copy;
  };
  const readingOf = (state: DecoderState, logits: Float32Array): DecoderReading => {
    let copied: Float32Array | undefined;
    return {
      state,
      logits,
      get hidden() {
        if (!copied && !alive.has(state)) throw new Error("decoder: this state was released. Take its hidden state before.");
        copied ??= heap.f32(state.block + 4 * top, hidden).slice();
        return copied;
      },
    };
  };

  return {
    read(tokens, state, into = new Float32Array(vocabulary)) {
      if (tokens.length === 0) throw new RangeError("decoder: there must be at least one token to read.");
      for (const token of tokens) check(token, state);
      if (into.length !== vocabulary)
        throw new RangeError(`decoder: the logits are of ${vocabulary} tokens, but the array to write them into has ${into.length} places.`);
      const next = copyOf(state);
      for (const token of tokens) net.advance([token], [next.block]);
      into.set(heap.f32(net.logits(1), vocabulary));
      return readingOf(next, into);
    },
    readEach(steps) {
      for (const { token, state } of steps) check(token, state);
      if (steps.length === 0) return [];
      const states = steps.map(({ state }) => copyOf(state));
      net.advance(
        steps.map(({ token }) => token),
        states.map(({ block }) => block),
      );
      const logits = net.logits(states.length);
      return states.map((state, text) => readingOf(state, heap.f32(logits + 4 * text * vocabulary, vocabulary).slice()));
    },
    release(state) {
      if (alive.delete(state)) heap.free(state.block);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const { block } of alive) heap.free(block);
      alive.clear();
      net.dispose();
    },
  };
}
