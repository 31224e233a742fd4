import type { LanguageModel, Session } from "@refrain/infer";

/** Reads tokens of many texts in rounds, in which each has its turn. */
export type Batcher = {
  /** Feeds a session of the model, as its own `feed` does: one token at a time. */
  feed(session: Session, token: number): Promise<Float32Array>;
};

type Feed = {
  readonly session: Session;
  readonly token: number;
  resolve(logits: Float32Array): void;
  reject(error: unknown): void;
};

/** Texts that read the weights together: more would gain little, and keep sockets waiting. */
const TOGETHER = 8;

/** `pause` lets everything else have its turn: sockets above all. */
export function batcher(model: LanguageModel, pause: () => Promise<void>): Batcher {
  const pending: Feed[] = [];
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    while (pending.length > 0) {
      await pause();
      // Whoever was served goes to the end of the queue with its next token.
      const batch = pending.splice(0, TOGETHER);
      try {
        const logits = model.feedEach(
          batch.map(({ session }) => session),
          batch.map(({ token }) => token),
        );
        batch.forEach(({ resolve }, i) => resolve(logits[i] as Float32Array));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }

  return {
    feed: (session, token) =>
      new Promise((resolve, reject) => {
        pending.push({ session, token, resolve, reject });
        if (!busy) void run();
      }),
  };
}
