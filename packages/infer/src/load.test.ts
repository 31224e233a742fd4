import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeSafetensors } from "@refrain/safetensors";
import { charRnn, gpt, tagger } from "@refrain/models";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadCharRnn } from "./load-char-rnn.ts";
import { loadGpt } from "./load-gpt.ts";
import { loadLanguageModel } from "./load-language-model.ts";
import type { LoadProgress, ModelSource } from "./contract.ts";
import { savedModel } from "./saved.test-helper.ts";

const { bytes } = await savedModel(charRnn({ cell: "lstm", vocabulary: 8, embedding: 6, hidden: 10, layers: 1 }));

afterEach(() => vi.unstubAllGlobals());

/** A stream that gives the bytes piece by piece. */
function streamOf(size = 100): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + size));
      at += size;
    },
  });
}

describe("loading", () => {
  const shared = () => {
    const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
    copy.set(bytes);
    return copy;
  };
  const SOURCES: Record<string, () => ModelSource> = {
    bytes: () => bytes,
    "bytes that threads share": shared,
    "an ArrayBuffer": () => bytes.slice().buffer,
    "a stream": () => streamOf(),
    "a response": () => new Response(bytes),
    "an address": () => "https://models.example/lyrics.safetensors",
    "a URL": () => new URL("https://models.example/lyrics.safetensors"),
  };
  it.each(Object.entries(SOURCES))("takes %s", async (_, source) => {
    vi.stubGlobal("fetch", async () => new Response(bytes));
    const model = await loadLanguageModel(source());
    expect(model.kind).toBe("char-rnn");
    expect(model.config.vocabulary).toBe(8);
    expect([...model.tokenizer.encode("夢知")]).toEqual([1, 5]);
    model.dispose();
  });

  it("takes the URL of a file, and says where there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "infer-"));
    const url = pathToFileURL(join(folder, "model.safetensors"));
    await writeFile(url, bytes);
    const told: LoadProgress[] = [];
    const model = await loadLanguageModel(url, { onProgress: (progress) => told.push(progress) });
    expect(model.session().feed(3)).toEqual((await loadLanguageModel(await readFile(url))).session().feed(3));
    expect(told).toEqual([{ loaded: bytes.length, total: bytes.length }]);
    await rm(folder, { recursive: true });
    await expect(loadLanguageModel(url)).rejects.toThrow("model.safetensors");
    await expect(loadLanguageModel(url.href)).rejects.toThrow("model.safetensors");
    await expect(loadLanguageModel("model.safetensors")).rejects.toThrow("loading a model: model.safetensors cannot be fetched");
  });

  it("tells how far it is, and of how much where that is known", async () => {
    const told: LoadProgress[] = [];
    const onProgress = (progress: LoadProgress) => told.push(progress);
    await loadLanguageModel(new Response(streamOf(), { headers: { "content-length": String(bytes.length) } }), { onProgress });
    expect(told.length).toBe(Math.ceil(bytes.length / 100));
    expect(told[0]).toEqual({ loaded: 100, total: bytes.length });
    expect(told.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });
    told.length = 0;
    await loadLanguageModel(streamOf(), { onProgress });
    expect(told.at(-1)).toEqual({ loaded: bytes.length, total: undefined });
  });

  it("stops when it is told to, before and while bytes arrive, and lets the stream go", async () => {
    const reason = new Error("enough");
    await expect(loadLanguageModel(bytes, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const cancelled = vi.fn();
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(10)), cancel: cancelled });
    const onProgress = ({ loaded }: LoadProgress) => loaded >= 1000 && controller.abort(reason);
    await expect(loadLanguageModel(endless, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it("says what the server answered, and when a response was read already", async () => {
    vi.stubGlobal("fetch", async () => new Response("no such file", { status: 404, statusText: "Not Found" }));
    await expect(loadLanguageModel("https://models.example/none")).rejects.toThrow("answered 404 Not Found. Check the address.");
    await expect(loadLanguageModel(new Response(null))).rejects.toThrow("has no body");
  });

  it("says which kind a file is of, and what is wrong with it", async () => {
    const { bytes: tags } = await savedModel(tagger({ cell: "rnn", vocabulary: 8, embedding: 4, hidden: 4, layers: 1, tags: 2 }));
    await expect(loadLanguageModel(tags)).rejects.toThrow('this file holds a model of kind "tagger", but char-rnn or gpt is asked for');
    await expect(loadGpt(bytes)).rejects.toThrow('this file holds a model of kind "char-rnn", but gpt is asked for');
    const { bytes: text } = await savedModel(gpt({ vocabulary: 8, context: 4, features: 4, heads: 2, layers: 1 }));
    await expect(loadCharRnn(text)).rejects.toThrow('of kind "gpt", but char-rnn is asked for');
    const empty = writeSafetensors({ tensors: new Map(), metadata: {} });
    await expect(loadLanguageModel(empty)).rejects.toThrow("this safetensors file holds no Refrain model");
    const later = writeSafetensors({ tensors: new Map(), metadata: { refrain: "9", model: "{}", tokenizer: "{}" } });
    await expect(loadLanguageModel(later)).rejects.toThrow("this model is of format version 9; this release reads version 1");
    await expect(loadLanguageModel(bytes, { weights: "f16" as "f32" })).rejects.toThrow('weights must be "f32" or "int8", but is "f16"');
  });
});
