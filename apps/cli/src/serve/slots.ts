import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { whenAborted } from "./when-aborted.ts";

/** Places for texts that are written at once, and a queue before them: first come, first served. */
export type Slots = {
  readonly running: number;
  readonly waiting: number;
  /**
   * Waits for a place. Gives what gives it back.
   *
   * @throws {Refusal} 429 when too many wait already, 503 when it waited too long or the service stops; or the signal's reason.
   */
  enter(signal: AbortSignal): Promise<() => void>;
  /** Lets nobody in any more; who waits is refused. */
  close(): void;
  /** Settles when nobody is in. */
  empty(): Promise<void>;
};

export function slots({ concurrency, queue, queueMs }: Pick<Limits, "concurrency" | "queue" | "queueMs">): Slots {
  let running = 0,
    closed = false;
  const waiting = new Set<{ admit(): void; refuse(reason: unknown): void }>();
  let toldWhenEmpty: (() => void)[] = [];
  const retry = { "Retry-After": String(Math.ceil(queueMs / 1000)) };

  function occupy(): () => void {
    running++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      running--;
      for (const next of waiting) {
        next.admit();
        return;
      }
      if (running > 0) return;
      for (const tell of toldWhenEmpty) tell();
      toldWhenEmpty = [];
    };
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiting.size;
    },
    async enter(signal) {
      signal.throwIfAborted();
      if (closed) throw Refusal.stopping();
      if (running < concurrency) return occupy();
      if (waiting.size >= queue)
        throw new Refusal(429, `All ${concurrency} places are taken and ${waiting.size} requests wait, which is the most. Try again later.`, {
          type: "rate_limit_error",
          code: "queue_full",
          headers: retry,
        });
      return await new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(waiter);
          clearTimeout(timer);
          unwatch();
        };
        const waiter = {
          admit() {
            leave();
            resolve(occupy());
          },
          refuse(reason: unknown) {
            leave();
            reject(reason);
          },
        };
        const late = new Refusal(503, `No place became free within ${queueMs / 1000} s. Try again later.`, { code: "queue_timeout", headers: retry });
        const timer = setTimeout(() => waiter.refuse(late), queueMs);
        const unwatch = whenAborted(signal, () => waiter.refuse(signal.reason));
        waiting.add(waiter);
      });
    },
    close() {
      closed = true;
      for (const waiter of waiting) waiter.refuse(Refusal.stopping());
    },
    empty: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => toldWhenEmpty.push(resolve))),
  };
}
