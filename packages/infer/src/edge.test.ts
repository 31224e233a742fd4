import { readFile } from "node:fs/promises";
import { charRnn, gpt } from "@refrain/models";
import { expect, it } from "vitest";
import { charRnnFrom, gptFrom } from "./edge.ts";
import { loadLanguageModel } from "./load-language-model.ts";
import { savedModel } from "./saved.test-helper.ts";

const modules = await Promise.all(
  ["relaxed", "simd"].map(async (build) => await WebAssembly.compile(await readFile(new URL(`../wasm/${build}.wasm`, import.meta.url)))),
);

it.each([
  ["char-rnn", charRnn({ cell: "lstm", vocabulary: 8, embedding: 6, hidden: 10, layers: 2 }), charRnnFrom],
  ["gpt", gpt({ vocabulary: 8, context: 4, features: 4, heads: 2, layers: 1 }), gptFrom],
] as const)("a %s is ready at once from bytes and a compiled module of either build", async (_, net, make) => {
  const { bytes } = await savedModel(net, "int8");
  const loaded = await loadLanguageModel(bytes);
  const expected = loaded.session().feed(3);
  for (const module of modules) {
    for (const given of [bytes, bytes.slice().buffer]) {
      const model = make(given, { module });
      model
        .session()
        .feed(3)
        .forEach((logit, i) => expect(logit).toBeCloseTo(expected[i] as number, 5));
      model.dispose();
    }
    expect(() => make(bytes.slice(0, 90), { module })).toThrow("this is no valid safetensors file");
    expect(() => make(bytes, { module, weights: "f16" as "f32" })).toThrow('weights must be "f32" or "int8"');
  }
  loaded.dispose();
});
