import type { LanguageModel } from "@refrain/infer";
import type { Sampler } from "@refrain/sampling";
import type { Batcher } from "./batcher.ts";
import { untilStop } from "./until-stop.ts";

export type TextTask = {
  readonly model: LanguageModel;
  readonly batcher: Batcher;
  /** What the model reads first: one token at least. */
  readonly tokens: ArrayLike<number>;
  readonly sampler: Sampler;
  /** Tokens to write at most. */
  readonly length: number;
  /** Strings before which it ends. */
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
  /** Told after each token that was written. */
  onToken(): void;
};

/** Why a text ended, in OpenAI's words: one of the strings came, or it has its length. */
export type FinishReason = "stop" | "length";

/**
 * Writes on after a text: a piece for each token, which is empty where a string to stop at may have begun. All pieces together are what
 * decoding all tokens at once adds to the text.
 *
 * @throws the signal's reason, once it was aborted.
 */
export async function* writeText({ model, batcher, tokens, sampler, length, stop, signal, onToken }: TextTask): AsyncGenerator<string, FinishReason> {
  const { tokenizer } = model;
  const session = model.session();
  const text = Array.from(tokens);
  const shown = untilStop(stop);
  async function feed(token: number): Promise<Float32Array> {
    const logits = await batcher.feed(session, token);
    signal.throwIfAborted();
    return logits;
  }
  try {
    for (const token of text.slice(0, -1)) await feed(token);
    for (let written = 0; written < length; written++) {
      const last = text.at(-1) as number;
      const token = sampler(await feed(last), text);
      text.push(token);
      onToken();
      // Words are set apart by spaces, so that a token's text depends on there being one before it.
      const piece = tokenizer.decode([last, token]).slice(tokenizer.decode([last]).length);
      const { text: certain, stopped } = shown.push(piece);
      yield stopped || written < length - 1 ? certain : certain + shown.rest();
      if (stopped) return "stop";
    }
    return "length";
  } finally {
    session.dispose();
  }
}
