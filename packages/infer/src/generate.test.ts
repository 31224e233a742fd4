import { charRnn, generate as generateInTraining } from "@refrain/models";
import { beamSearch, generator, greedy, key, samplerOf, temperature } from "@refrain/sampling";
import { loadKernels } from "@refrain/kernels";
import { describe, expect, it } from "vitest";
import { generate } from "./generate.ts";
import { loadLanguageModel } from "./load-language-model.ts";
import { readerOf } from "./reader-of.ts";
import { savedModel } from "./saved.test-helper.ts";

const net = charRnn({ cell: "lstm", vocabulary: 30, embedding: 6, hidden: 10, layers: 1 });
const { params, bytes } = await savedModel(net);
const kernels = await loadKernels();
const model = await loadLanguageModel(bytes, { kernels });
const sampler = () => samplerOf([temperature(0.7)], generator(key(3)));

async function all(tokens: AsyncIterable<number>): Promise<number[]> {
  const found: number[] = [];
  for await (const token of tokens) found.push(token);
  return found;
}

describe("generate", () => {
  it("writes what training would write with the same seed", async () => {
    const expected = [...generateInTraining(net, params, { prompt: [3, 4], sampler: sampler(), length: 60 })];
    const session = model.session();
    expect(await all(generate(session, [3, 4], sampler(), { length: 60 }))).toEqual(expected);
    session.dispose();
  });

  it("leaves the session after all tokens but the last, so that it can go on", async () => {
    const [whole, parts] = [model.session(), model.session()];
    const expected = await all(generate(whole, [3], greedy, { length: 20 }));
    const first = await all(generate(parts, [3], greedy, { length: 8 }));
    const rest = await all(generate(parts, first.slice(-1), greedy, { length: 12 }));
    expect([...first, ...rest]).toEqual(expected);
    for (const session of [whole, parts]) session.dispose();
  });

  it("writes nothing for a length of 0, and refuses no prompt, unknown tokens and lengths that are none", async () => {
    const session = model.session();
    expect(await all(generate(session, [1], greedy, { length: 0 }))).toEqual([]);
    await expect(all(generate(session, [], greedy))).rejects.toThrow("at least one token");
    await expect(all(generate(session, [30], greedy))).rejects.toThrow("token 30");
    for (const length of [-1, 1.5, Number.NaN]) await expect(all(generate(session, [1], greedy, { length }))).rejects.toThrow("length must be");
    session.dispose();
  });

  it("stops at a signal, also one that comes from the event loop while nobody waits", async () => {
    const session = model.session();
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    let written = 0;
    const writing = (async () => {
      for await (const _ of generate(session, [1], greedy, { signal: controller.signal })) written++;
    })();
    await expect(writing).rejects.toBe(reason);
    expect(written).toBeGreaterThan(8);
    await expect(all(generate(session, [1], greedy, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    session.dispose();
  });
});

describe("readerOf", () => {
  it("lets searches read, leaves the session as it was, and gives all places back", () => {
    const session = model.session();
    session.feed(5);
    const [state, held] = [session.save(), kernels.heap.blocks()];
    const [best] = beamSearch(readerOf(session), { prompt: [1], beams: 3, length: 6 });
    expect(best?.tokens.length).toBe(6);
    expect(session.save()).toEqual(state);
    const reader = readerOf(session);
    expect(() => reader.read([])).toThrow("at least one token");
    expect(() => reader.read([30])).toThrow("token 30");
    expect(kernels.heap.blocks()).toBe(held);
    session.dispose();
  });
});
