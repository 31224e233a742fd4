import type { Sampler } from "@refrain/sampling";
import { breathe } from "./breathe.ts";
import type { Session } from "./contract.ts";

/** How a text that is generated ends. */
export type GenerateOptions = {
  /** Tokens to write at most; without end by default. */
  readonly length?: number;
  /** Ends the writing: the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
};

/** Tokens between two turns of the event loop. */
const TOKENS_A_BREATH = 8;

/**
 * Tokens, one after the other, after a prompt of at least one. The session, which stays the caller's, has then read all but the last that
 * was written: go on with that as the next prompt.
 *
 * @throws {RangeError} when the prompt is empty, or the length is not whole; when a token is none of the vocabulary's, once those before it are read.
 */
export async function* generate(
  session: Session,
  prompt: Iterable<number>,
  sampler: Sampler,
  { length = Number.POSITIVE_INFINITY, signal }: GenerateOptions = {},
): AsyncGenerator<number, void, void> {
  if (!(length >= 0) || (length !== Number.POSITIVE_INFINITY && !Number.isInteger(length)))
    throw new RangeError(`generate: length must be a whole number, but is ${length}. Leave it out to write without end.`);
  const text = [...prompt];
  if (text.length === 0) throw new RangeError("generate: the prompt must have at least one token.");
  let logits: Float32Array | undefined,
    read = 0;
  const feed = async (token: number) => {
    signal?.throwIfAborted();
    if (++read % TOKENS_A_BREATH === 0) {
      await breathe();
      signal?.throwIfAborted();
    }
    logits = session.feed(token);
  };
  for (const token of [...text]) await feed(token);
  for (let written = 1; written <= length; written++) {
    const token = sampler(logits as Float32Array, text);
    text.push(token);
    yield token;
    if (written < length) await feed(token);
  }
}
