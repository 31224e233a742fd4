import { disposeTree, generator, key, memoryInUse, type TensorTree, useBackend } from "@refrain/core";
import { samplerOf, temperature } from "@refrain/losses/sampling";
import { beforeEach, describe, expect, it } from "vitest";
import { charRnn } from "./char-rnn.ts";
import { decoder } from "./decoder.ts";
import { decodesInt8 } from "./decodes-int8.ts";
import { generate } from "./generate.ts";
import { generateEach, type TextToWrite } from "./generate-each.ts";
import { gpt } from "./gpt.ts";
import type { LanguageModel } from "./language-model.ts";

const VOCABULARY = 9;
const RECURRENT = { vocabulary: VOCABULARY, embedding: 5, hidden: 6, layers: 2 };

const MODELS = {
  lstm: charRnn({ cell: "lstm", ...RECURRENT }),
  gru: charRnn({ cell: "gru", ...RECURRENT }),
  rnn: charRnn({ cell: "rnn", ...RECURRENT }),
  "peephole-lstm": charRnn({ cell: "peephole-lstm", ...RECURRENT }),
  gpt: gpt({ vocabulary: VOCABULARY, context: 5, features: 8, heads: 2, layers: 2 }),
};

/** Texts of several beginnings and lengths, each drawn by numbers of its own. */
const someTexts = (): TextToWrite[] =>
  [[1], [2, 3, 4], [1], [8, 0]].map((prompt, i) => ({ prompt, length: [7, 0, 3, 12][i] as number, sampler: samplerOf([temperature(2)], generator(key(i))) }));

describe.each(Object.entries(MODELS))("several texts of a %s", (name, model) => {
  const own = model as LanguageModel;
  beforeEach(async () => {
    await useBackend("simd");
  });

  it.each(["f32", "int8"] as const)("are those that are written one by one, with %s weights", (weights) => {
    const params = own.init(key(4)) as TensorTree;
    expect(decodesInt8(own)).toBe(name !== "peephole-lstm");
    if (name === "peephole-lstm" && weights === "int8") {
      expect(() => decoder(own, params, { weights })).toThrow(/int8 weights need kernels/);
      return;
    }
    const written = someTexts().map((): number[] => []);
    for (const [text, token] of generateEach(own, params, someTexts(), { weights })) written[text]?.push(token);
    expect(written).toEqual(someTexts().map((text) => [...generate(own, params, { ...text, weights })]));
    expect(written.map(({ length }) => length)).toEqual([7, 0, 3, 12]);
    disposeTree(params);
  });

  it("give all memory back when nobody takes more of them", () => {
    const params = own.init(key(4)) as TensorTree;
    const write = () => {
      for (const [, token] of generateEach(own, params, someTexts())) if (token === 3) return;
    };
    // The first moves the parameters into the heap.
    write();
    const before = memoryInUse();
    write();
    expect(memoryInUse()).toEqual(before);
    disposeTree(params);
  });
});

describe("int8 weights", () => {
  it("are refused where there are no kernels for them, and others than there are everywhere", async () => {
    await useBackend("cpu");
    const model = charRnn({ cell: "lstm", ...RECURRENT });
    const params = model.init(key(1));
    expect(decodesInt8(model as LanguageModel)).toBe(false);
    expect(() => decoder(model, params, { weights: "int8" })).toThrow(/int8 weights need kernels, which the simd backend has/);
    expect(() => decoder(model, params, { weights: "int4" as "int8" })).toThrow('decoder: weights must be "f32" or "int8", but are "int4".');
    disposeTree(params);
  });
});
