import { type Tensor, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree, type TensorTree } from "@refrain/core";
import type { CharRnn, CharRnnParams, CharRnnState } from "./char-rnn.ts";

/** A model at a place in a text: what it has read is in the state, and `logits` [vocabulary] foretell the next token. */
export type Writer = {
  readonly logits: Float32Array;
  /** The writer one token further. The one it came from stays usable until it is disposed. */
  feed(token: number): Writer;
  dispose(): void;
};

/**
 * A writer that has read `prompt`.
 * @throws {RangeError} when the prompt is empty, or a token is none of the vocabulary's.
 */
export function writer(model: CharRnn, params: CharRnnParams, prompt: Int32Array): Writer {
  if (prompt.length === 0) throw new RangeError("writer: the prompt must have at least one token.");
  return advance(model, params, prompt);
}

function advance(model: CharRnn, params: CharRnnParams, tokens: Int32Array, state?: CharRnnState): Writer {
  const { vocabulary } = model.config;
  const { logits, next } = tidy(() => {
    const result = model.apply(params, { tokens: tensor2d(tokens, [1, tokens.length], "int32"), ...(state && { state }) });
    return { logits: result.logits as Tensor, next: result.state as unknown as Tensor[] };
  });
  const last = (logits.dataSync() as Float32Array).slice(-vocabulary);
  logits.dispose();
  const owned = next as unknown as CharRnnState;
  return {
    logits: last,
    feed: (token) => advance(model, params, Int32Array.of(token), owned),
    dispose: () => disposeTree(owned as unknown as TensorTree),
  };
}

export type GenerateOptions = {
  /** Picks each token from the logits; it may change them. See `@refrain/losses/sampling`. */
  readonly sampler: (logits: Float32Array) => number;
  /** Tokens the model reads first. */
  readonly prompt: Int32Array;
};

/** Tokens without end, one after the other, after a prompt. Stop taking them and its tensors are gone. */
export function* generate(model: CharRnn, params: CharRnnParams, { sampler, prompt }: GenerateOptions): Generator<number, void, void> {
  let current = writer(model, params, prompt);
  try {
    for (;;) {
      const token = sampler(current.logits.slice());
      yield token;
      const next = current.feed(token);
      current.dispose();
      current = next;
    }
  } finally {
    current.dispose();
  }
}
