import { charTokenizer, wordTokenizer } from "@refrain/data";
import { type LanguageModel, loadLanguageModel } from "@refrain/infer";
import { describe, expect, it } from "vitest";
import { lyrics } from "../../examples/worker/src/lyrics.ts";
import { eventsOf } from "./events-of.ts";
import { makeModel } from "./make-model.ts";
import { writtenText } from "./written-text.ts";

const SMALL = { embedding: 4, hidden: 6 };
const words = await makeModel("f32", { ...SMALL, tokenizer: wordTokenizer(["moon", "river", "the", "over"]) });
const characters = await makeModel("f32", { ...SMALL, tokenizer: charTokenizer(["a", "b"]) });

/** A model that counts its open sessions, and the tokens that they read. */
function counting(model: LanguageModel): { readonly model: LanguageModel; readonly counts: { open: number; read: number } } {
  const counts = { open: 0, read: 0 };
  const session: LanguageModel["session"] = (saved) => {
    const own = model.session(saved);
    counts.open++;
    return {
      ...own,
      feed(token) {
        counts.read++;
        return own.feed(token);
      },
      dispose() {
        counts.open--;
        own.dispose();
      },
    };
  };
  return { model: { ...model, session }, counts };
}

const ask = (model: LanguageModel, query: string, signal?: AbortSignal) =>
  lyrics(model)(new Request(`http://localhost/${query}`, { ...(signal && { signal }) }));

describe("lyrics", () => {
  it("sets words apart, after the prompt's too", async () => {
    const model = await loadLanguageModel(words);
    const pieces = eventsOf(await ask(model, "?prompt=over+the+river&length=6&seed=3").text()).slice(0, -1);
    expect(pieces.map(({ data }) => data).join("")).toBe(await writtenText(words, { prompt: "over the river", length: 6, seed: 3 }));
    for (const { data } of pieces) expect(data).toMatch(/^ (moon|river|the|over)$/);
    model.dispose();
  });

  it("refuses an empty prompt where the model knows no line's end to begin after", async () => {
    const model = await loadLanguageModel(characters);
    const response = ask(model, "");
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: { message: 'the prompt\'s number of tokens must be a whole number from 1 to 1000, but is "0".' } });
    model.dispose();
  });

  it("writes no more than is read, and nothing after its reader is gone", async () => {
    const { model, counts } = counting(await loadLanguageModel(characters));
    const reader = ask(model, "?prompt=a").body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    for (let i = 0; i < 5; i++) await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(counts).toEqual({ open: 1, read: 6 });
    await reader.cancel();
    expect(counts).toEqual({ open: 0, read: 6 });
    model.dispose();
  });

  it("stops while it still reads a long prompt", async () => {
    const { model, counts } = counting(await loadLanguageModel(characters));
    const client = new AbortController();
    const reader = ask(model, `?prompt=${"ab".repeat(499)}`, client.signal).body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const first = reader.read();
    client.abort();
    await expect(first).rejects.toThrow("abort");
    expect(counts.open).toBe(0);
    expect(counts.read).toBeLessThan(900);
    model.dispose();
  });
});
