import type { CharRnn, CharRnnParams } from "./char-rnn.ts";
import { decoder } from "./decoder.ts";

export type GenerateOptions = {
  /** What the model reads first: at least one token. */
  readonly prompt: Iterable<number>;
  /** Picks each token from the logits; it may change them. See `@refrain/losses/sampling`. */
  readonly sampler: (logits: Float32Array) => number;
  /** How many tokens to write; without end by default. */
  readonly length?: number;
};

/** Tokens, one after the other, after a prompt. Stop taking them and all memory is given back. */
export function* generate(
  model: CharRnn,
  params: CharRnnParams,
  { prompt, sampler, length = Number.POSITIVE_INFINITY }: GenerateOptions,
): Generator<number, void, void> {
  const reader = decoder(model, params);
  try {
    let { place, logits } = reader.read(prompt);
    for (let written = 0; written < length; written++) {
      const token = sampler(logits);
      yield token;
      const next = reader.read([token], place);
      reader.release(place);
      ({ place, logits } = next);
    }
  } finally {
    reader.dispose();
  }
}
