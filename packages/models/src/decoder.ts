import type { DecoderWeights, TensorTree } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import { composedDecoder } from "./composed-decoder.ts";
import { decodesInt8 } from "./decodes-int8.ts";
import { fusedCharRnnDecoder } from "./fused-char-rnn-decoder.ts";
import { fusedGptDecoder } from "./fused-gpt-decoder.ts";
import type { Gpt, GptParams } from "./gpt.ts";
import type { LanguageModel } from "./language-model.ts";

/** A place in a text: what the model has read. Made and released by its decoder. */
export type Place = object;

/** What a model foretells after a place: the logits [vocabulary] of the next token, in an array of the caller's own. */
export type Reading = {
  readonly place: Place;
  readonly logits: Float32Array;
  /** The top hidden state [hidden] of the last token, before the output layer; copied when first asked for, which must be before the place is released. */
  readonly hidden: Float32Array;
};

/** A token to read from a place on, or from the start of a text. */
export type ReadingStep = { readonly token: number; readonly place?: Place | undefined };

/** Reads a text token by token. Places are values: one can be read on from many times, until it is released. */
export type Decoder = {
  /**
   * Reads tokens, at least one, from a place on, or from the start of a text. The logits are written `into` an array [vocabulary] where
   * one is given, which spares a new one for each token.
   * @throws {RangeError} when there is none, one is not of the vocabulary, or the array is not of its size.
   * @throws {Error} when the place was released, or the decoder disposed.
   */
  read(tokens: Iterable<number>, place?: Place, into?: Float32Array): Reading;
  /**
   * Reads one token more of each of several texts, at once where there are kernels for it: the weights are then read once for all.
   * @throws {RangeError} when one is not of the vocabulary. @throws {Error} when a place was released, or the decoder disposed.
   */
  readEach(steps: readonly ReadingStep[]): Reading[];
  /** Forgets a place. */
  release(place: Place): void;
  /** Forgets all places and gives all memory back. */
  dispose(): void;
};

/** How a decoder holds its weights. */
export type DecoderOptions = {
  /**
   * `int8` rounds each row of weights to 255 steps, and what they are multiplied by to 127: several times as fast where weights fill more
   * than the caches, and a little worse. `f32`, the default, leaves them as they are. Either is packed when the decoder is made, and lies in
   * memory besides the parameters until it is disposed: one decoder for many texts is faster than many.
   */
  readonly weights?: DecoderWeights | undefined;
};

/**
 * A decoder of a model: straight on the kernels where the backend is `simd` and has them, else by the model's own operations.
 *
 * @throws {Error} when int8 weights are asked for where there are no kernels for them, or a parameter is not of the shape that it must have.
 * @throws {TypeError} when the weights are neither f32 nor int8.
 */
export function decoder<P extends TensorTree>(model: LanguageModel<P>, params: P, { weights = "f32" }: DecoderOptions = {}): Decoder {
  if (weights !== "f32" && weights !== "int8") throw new TypeError(`decoder: weights must be "f32" or "int8", but are ${JSON.stringify(weights)}.`);
  if (weights === "int8" && !decodesInt8(model as LanguageModel))
    throw new Error("decoder: int8 weights need kernels, which the simd backend has for rnn, lstm, gru and gpt, but not this one for this model. Use f32.");
  return fusedDecoderOf(model as LanguageModel, params, weights) ?? composedDecoder(model, params);
}

function fusedDecoderOf(model: LanguageModel, params: TensorTree, weights: DecoderWeights): Decoder | undefined {
  if (model.kind === "gpt") return fusedGptDecoder(model as Gpt, params as GptParams, weights);
  return fusedCharRnnDecoder(model as CharRnn, params as CharRnnParams, weights);
}
