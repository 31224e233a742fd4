import { promptTokens } from "./prompt-tokens.ts";
import { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import type { Choices } from "./samplers-of.ts";
import { whenAborted } from "./when-aborted.ts";
import { type FinishReason, writeText } from "./write-text.ts";

export type Question = {
  readonly prompt: string;
  /** Tokens to write at most. */
  readonly length: number;
  /** Strings before which the text ends. */
  readonly stop: readonly string[];
  readonly choices: Choices;
  /** The client's. */
  readonly signal: AbortSignal;
};

/** How a text ended, and how many tokens were read and written. */
export type Ending = { readonly reason: FinishReason; readonly read: number; readonly written: number };

/**
 * Waits for a place and writes a text there, piece by piece. The place is free again when the generator ends, or is ended.
 *
 * @throws {Refusal} when the prompt cannot be read, there is no place, or the service ends; or the client's signal's reason.
 */
export async function* answer(room: Room, { prompt, length, stop, choices, signal: client }: Question): AsyncGenerator<string, Ending> {
  const { model, slots, batcher, metrics } = room;
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const { tokens, own } = promptTokens(model.tokenizer, prompt);
  const controller = new AbortController();
  const { signal } = controller;
  const unwatch = [
    whenAborted(client, () => controller.abort(new Refusal(499, "The client went away."))),
    whenAborted(room.ended, () => controller.abort(room.ended.reason)),
  ];
  let written = 0,
    leave: (() => void) | undefined;
  const onToken = () => {
    if (written++ === 0) metrics.firstToken.observe(seconds());
  };
  try {
    leave = await slots.enter(signal);
    const reason = yield* writeText({ model, batcher, tokens, sampler: room.sampler(choices), length, stop, signal, onToken });
    return { reason, read: own, written };
  } catch (error) {
    if (!(error instanceof Refusal)) room.onEvent({ event: "failure", error: error as Error });
    throw Refusal.of(error);
  } finally {
    for (const leaveOff of unwatch) leaveOff();
    if (leave) {
      leave();
      metrics.duration.observe(seconds());
      metrics.tokens.add(own, { kind: "read" });
      metrics.tokens.add(written, { kind: "written" });
      room.onEvent({ event: "text", read: own, written, seconds: seconds() });
    }
  }
}
