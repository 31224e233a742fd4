import type { PackedAs } from "@refrain/kernels/nets";
import { workbench } from "../simd/workbench.ts";
import { type CachedPlace, keyValueCache } from "./key-value-cache.ts";
import type { TransformerModel } from "./transformer-model.ts";
import { transformerNet, type TransformerStep } from "./transformer-net.ts";

/** A place in a text: the keys and values of what was read, in the heap. */
export type TransformerPlace = CachedPlace;

/** The place after a token, and the logits [vocabulary] of the next. */
export type TransformerReading = {
  readonly place: TransformerPlace;
  readonly logits: Float32Array;
  /** What the output layer read [features]. */
  readonly hidden: Float32Array;
};

/** A token to read after a place, or as the first. */
export type TransformerReadStep = { readonly token: number; readonly place?: TransformerPlace | undefined };

/**
 * Decodes one token at a time straight on the kernels, with a key/value cache: no tensors, no TensorFlow.js on the way. Weights are packed
 * and buffers laid out once; `release` and `dispose` give the cache back. Given places stay as they were.
 */
export type FusedTransformerDecoder = {
  /**
   * Reads tokens, one at least. The logits after the last are written `into` an array [vocabulary] where one is given, else into a new one.
   * @throws {RangeError} when the context has no room for them, or one is none of the vocabulary.
   */
  read(tokens: readonly number[], place?: TransformerPlace, into?: Float32Array): TransformerReading;
  /** Reads one more token of each of several texts at once, which reads the weights once: the same bits as one by one. */
  readEach(steps: readonly TransformerReadStep[]): TransformerReading[];
  /** Gives a place back: keys and values that no other place has. */
  release(place: TransformerPlace): void;
  /** Gives everything back, places included. */
  dispose(): void;
};

/**
 * A decoder of a causal Transformer, or undefined where the backend is not `simd`.
 *
 * @param weights int8 rounds each row of weights to 255 steps, and what they are multiplied by to 127: faster, and a little worse.
 */
export function fusedTransformerDecoder(model: TransformerModel, weights: PackedAs = "f32"): FusedTransformerDecoder | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  const { heap } = bench;
  const { context, layers, embedding } = model;
  const [vocabulary, features] = embedding.shape;
  const net = transformerNet(bench.kernels, bench.at, model, weights);
  const cache = keyValueCache(heap, layers.length, context, net.width);
  let disposed = false;

  const check = (tokens: readonly (number | undefined)[], place: TransformerPlace | undefined) => {
    for (const token of tokens)
      if (!Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary)
        throw new RangeError(`decoder: token ${token} is none of the vocabulary's 0 to ${vocabulary - 1}.`);
    if (disposed || (place && !cache.holds(place))) throw new Error("decoder: this place was released. Read on from one that is held.");
    if ((place?.length ?? 0) + tokens.length > context)
      throw new RangeError(`decoder: the context of ${context} tokens has no room for ${tokens.length} after ${place?.length ?? 0}.`);
  };
  const stepTo = (token: number, place: TransformerPlace): TransformerStep => ({
    token,
    before: place.length - 1,
    rows: (layer) => cache.rows(place, layer),
  });

  return {
    read(tokens, place, into = new Float32Array(vocabulary)) {
      if (tokens.length === 0) throw new RangeError("decoder: there must be at least one token to read.");
      check(tokens, place);
      if (into.length !== vocabulary)
        throw new RangeError(`decoder: the logits are of ${vocabulary} tokens, but the array to write them into has ${into.length} places.`);
      let reached = place,
        top = 0;
      for (const token of tokens) {
        const next = cache.after(reached);
        // Those on the way are this reading's own.
        if (reached && reached !== place) cache.release(reached);
        top = net.advance([stepTo(token, next)]);
        reached = next;
      }
      into.set(heap.f32(net.logits(1), vocabulary));
      return { place: reached as TransformerPlace, logits: into, hidden: heap.f32(top, features).slice() };
    },
    readEach(steps) {
      for (const { token, place } of steps) check([token], place);
      if (steps.length === 0) return [];
      const places = steps.map(({ place }) => cache.after(place));
      const top = net.advance(steps.map(({ token }, text) => stepTo(token, places[text] as TransformerPlace)));
      const logits = net.logits(places.length);
      const row = (of: number, text: number, width: number) => heap.f32(of + 4 * text * width, width).slice();
      return places.map((place, text) => ({ place, logits: row(logits, text, vocabulary), hidden: row(top, text, features) }));
    },
    release: cache.release,
    dispose() {
      if (disposed) return;
      disposed = true;
      cache.releaseAll();
      net.dispose();
    },
  };
}
