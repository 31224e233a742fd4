import type { Session } from "@refrain/infer";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { batcher } from "./batcher.ts";
import { testModel } from "./testing.test-helper.ts";

describe("batcher", () => {
  it("gives each text what it would get alone", async () => {
    const model = await testModel();
    const { feed } = batcher(model, setImmediate);
    const texts = Array.from({ length: 20 }, (_, i) => [1 + (i % 7), 1 + (i % 5), 1 + (i % 3)]);
    const found = await Promise.all(
      texts.map(async (tokens) => {
        const session = model.session();
        let logits = new Float32Array();
        for (const token of tokens) logits = Float32Array.from(await feed(session, token));
        session.dispose();
        return logits;
      }),
    );
    texts.forEach((tokens, i) => {
      const session = model.session();
      const logits = tokens.map((token) => session.feed(token).slice()).at(-1);
      session.dispose();
      expect(found[i]).toEqual(logits);
    });
    model.dispose();
  });

  it("serves all in turn: none is a token ahead of another by more than one", async () => {
    const model = await testModel();
    const { feed } = batcher(model, setImmediate);
    const read = new Array<number>(30).fill(0);
    let apart = 0;
    await Promise.all(
      read.map(async (_, i) => {
        const session = model.session();
        for (let j = 0; j < 50; j++) {
          await feed(session, 1);
          read[i] = j + 1;
          if (j < 49) apart = Math.max(apart, Math.max(...read) - Math.min(...read));
        }
        session.dispose();
      }),
    );
    expect(apart).toBe(1);
    model.dispose();
  });

  it("reads several texts in one call, and lets all else have its turn between calls", async () => {
    const model = await testModel();
    const sizes: number[] = [];
    let turns = 0;
    const counted = {
      ...model,
      feedEach(sessions: readonly Session[], tokens: readonly number[]) {
        sizes.push(tokens.length);
        return model.feedEach(sessions, tokens);
      },
    };
    const { feed } = batcher(counted, () => {
      turns++;
      return setImmediate();
    });
    const sessions = Array.from({ length: 20 }, () => model.session());
    await Promise.all(sessions.map((session) => feed(session, 1)));
    expect([sizes, turns]).toEqual([[8, 8, 4], 3]);
    model.dispose();
  });

  it("tells whoever was in a call that failed, and goes on", async () => {
    const model = await testModel();
    const { feed } = batcher(model, setImmediate);
    const [gone, well] = [model.session(), model.session()];
    gone.dispose();
    await expect(feed(gone, 1)).rejects.toThrow(/disposed/);
    expect((await feed(well, 1)).length).toBe(model.tokenizer.size);
    model.dispose();
  });
});
