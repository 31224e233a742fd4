import type { TensorTree } from "@refrain/core";
import { decoder, type DecoderOptions } from "./decoder.ts";
import type { LanguageModel } from "./language-model.ts";

/** What a generated text begins with, how its tokens are picked, and when it ends. */
export type GenerateOptions = DecoderOptions & {
  /** What the model reads first: at least one token. */
  readonly prompt: Iterable<number>;
  /**
   * Picks each token from the logits, which it may change but not keep (the next ones come in the same array), after all tokens so far, the
   * prompt included. See `@refrain/losses/sampling`.
   */
  readonly sampler: (logits: Float32Array, previous: readonly number[]) => number;
  /** How many tokens to write; without end by default. */
  readonly length?: number;
};

/** Tokens, one after the other, after a prompt. Stop taking them and all memory is given back. */
export function* generate<P extends TensorTree>(
  model: LanguageModel<P>,
  params: P,
  { prompt, sampler, length = Number.POSITIVE_INFINITY, ...options }: GenerateOptions,
): Generator<number, void, void> {
  const text = [...prompt];
  const reader = decoder(model, params, options);
  try {
    let reading = reader.read(text);
    for (let written = 0; written < length; written++) {
      const token = sampler(reading.logits, text);
      text.push(token);
      yield token;
      if (written + 1 >= length) return;
      const next = reader.read([token], reading.place, reading.logits);
      reader.release(reading.place);
      reading = next;
    }
  } finally {
    reader.dispose();
  }
}
