import { Refusal } from "./refusal.ts";
import { whenAborted } from "./when-aborted.ts";

export type EventStreamOptions = {
  /** What is sent when an event fails. */
  failure(error: Refusal): string;
  /** Milliseconds after which a reader that takes nothing loses its place. */
  readonly stallMs: number;
  /** The client's signal, and the service's: when one is aborted, the stream ends. */
  readonly client: AbortSignal;
  readonly ended: AbortSignal;
};

const HEADERS = { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no" };

/**
 * Answers with server-sent events, given as they are sent, blank line and all. Each is made when the one before was taken: a slow reader makes
 * nothing pile up. When the reader goes away or stalls, or the service ends, the generator is ended, which frees what it holds.
 *
 * @throws what the generator throws before its first event: no answer has begun then.
 */
export async function eventStream(events: AsyncGenerator<string, void>, { failure, stallMs, client, ended }: EventStreamOptions): Promise<Response> {
  const encoder = new TextEncoder();
  let next = (await events.next()).value ?? undefined;
  let stalled: ReturnType<typeof setTimeout> | undefined;
  /** Why it ended before its end. */
  let reason: Refusal | undefined;

  async function end(why?: Refusal): Promise<void> {
    reason ??= why;
    finish();
    // An event that is being made fails by itself.
    await events.return().catch(() => {});
  }
  // A little later, as one may be aborted by now.
  const unwatch = [client, ended].map((signal) => whenAborted(signal, () => queueMicrotask(() => end(Refusal.of(signal.reason)))));
  function finish(): void {
    clearTimeout(stalled);
    for (const leaveOff of unwatch) leaveOff();
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(stalled);
    try {
      const event = next ?? (await events.next()).value;
      next = undefined;
      if (reason) throw reason;
      if (event) {
        controller.enqueue(encoder.encode(event));
        stalled = setTimeout(() => end(new Refusal(408, `Nothing was read for ${stallMs / 1000} s.`, { code: "stalled" })), stallMs);
        return;
      }
    } catch (error) {
      controller.enqueue(encoder.encode(failure(Refusal.of(error))));
    }
    finish();
    controller.close();
  }
  return new Response(new ReadableStream({ pull, cancel: () => end() }, { highWaterMark: 0 }), { headers: HEADERS });
}
