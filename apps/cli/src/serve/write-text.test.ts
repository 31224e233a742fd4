import { generator, key, samplerOf } from "@refrain/sampling";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { batcher } from "./batcher.ts";
import { testModel } from "./testing.test-helper.ts";
import { writeText } from "./write-text.ts";

describe.each(["char", "word"] as const)("writeText with tokens of a %s", (kind) => {
  async function written(tokens: readonly number[], { stop = [] as string[], length = 40, signal = new AbortController().signal, after = () => {} } = {}) {
    const model = await testModel(kind);
    const drawn: number[] = [];
    const draw = samplerOf([], generator(key(5)));
    const sampler = (logits: Float32Array, previous: readonly number[]) => {
      const token = draw(logits, previous);
      drawn.push(token);
      return token;
    };
    let told = 0;
    const onToken = () => {
      told++;
      after();
    };
    const pieces: string[] = [];
    const text = writeText({ model, batcher: batcher(model, setImmediate), tokens, sampler, length, stop, signal, onToken });
    let step = await text.next();
    for (; !step.done; step = await text.next()) pieces.push(step.value);
    const whole = model.tokenizer.decode([...tokens, ...drawn]).slice(model.tokenizer.decode(tokens).length);
    expect(model.sessions()).toBe(0);
    model.dispose();
    return { pieces, text: pieces.join(""), whole, reason: step.value, told, drawn };
  }

  it("gives a piece a token, and together what decoding all at once gives", async () => {
    const { pieces, text, whole, reason, told } = await written([1, 2]);
    expect([pieces.length, told, reason]).toEqual([40, 40, "length"]);
    expect(text).toBe(whole);
  });

  it("ends before a string to stop at, which none of it shows", async () => {
    const { whole } = await written([1, 2]);
    const stop = whole.slice(11, 14);
    const { text, reason, told, pieces } = await written([1, 2], { stop: [stop, "not there"] });
    expect([text, reason]).toEqual([whole.slice(0, whole.indexOf(stop)), "stop"]);
    expect(told).toBe(pieces.length);
    expect(told).toBeLessThan(40);
  });

  it("shows what it held back when the length comes first", async () => {
    const { whole } = await written([1, 2], { length: 12 });
    expect((await written([1, 2], { length: 12, stop: [`${whole.slice(-2)}…`] })).text).toBe(whole);
  });

  it("ends with the signal's reason", async () => {
    const gone = new AbortController();
    let told = 0;
    const after = () => {
      if (++told === 3) gone.abort(new Error("gone away"));
    };
    await expect(written([1, 2], { signal: gone.signal, after })).rejects.toThrow("gone away");
    expect(told).toBe(3);
  });
});
