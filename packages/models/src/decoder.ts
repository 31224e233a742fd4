import type { TensorTree } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import { composedDecoder } from "./composed-decoder.ts";
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

/** Reads a text token by token. Places are values: one can be read on from many times, until it is released. */
export type Decoder = {
  /** Reads tokens, at least one, from a place on, or from the start of a text. @throws {RangeError} when there is none, or one is not of the vocabulary. */
  read(tokens: Iterable<number>, place?: Place): Reading;
  /** Forgets a place. */
  release(place: Place): void;
  /** Forgets all places and gives all memory back. */
  dispose(): void;
};

/** A decoder of a model: straight on the kernels where the backend is `simd` and has them, else by the model's own operations. */
export function decoder<P extends TensorTree>(model: LanguageModel<P>, params: P): Decoder {
  return fusedDecoderOf(model as LanguageModel, params) ?? composedDecoder(model, params);
}

function fusedDecoderOf(model: LanguageModel, params: TensorTree): Decoder | undefined {
  if (model.kind === "gpt") return fusedGptDecoder(model as Gpt, params as GptParams);
  return fusedCharRnnDecoder(model as CharRnn, params as CharRnnParams);
}
