import { disposeTree, key, leaves, memoryInUse, type StoredTensor, useBackend, writeSafetensors, readSafetensors } from "@refrain/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { charRnn } from "./char-rnn.ts";
import { gpt } from "./gpt.ts";
import { loadModel, saveModel } from "./saved-model.ts";

const model = charRnn({ cell: "lstm", vocabulary: 11, embedding: 4, hidden: 6, layers: 2 });
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  await useBackend("simd");
  const params = model.init(key(5));
  bytes = saveModel({ model, params, tokenizer: { kind: "char", characters: "abc" }, about: { context: 9 } });
  disposeTree(params);
});

const withMetadata = (change: (metadata: Record<string, string>) => void): Uint8Array<ArrayBuffer> => {
  const { tensors, metadata } = readSafetensors(bytes);
  const changed = { ...metadata };
  change(changed);
  return writeSafetensors({ tensors, metadata: changed });
};

describe("saved models", () => {
  it("come back bit for bit, with their config, tokenizer and description", () => {
    const loaded = loadModel(bytes);
    expect(loaded.model.config).toEqual(model.config);
    expect(loaded.tokenizer).toEqual({ kind: "char", characters: "abc" });
    expect(loaded.about).toEqual({ context: 9 });
    expect(saveModel(loaded)).toEqual(bytes);
    disposeTree(loaded.params);
  });

  it("name each weight by its path", () => {
    expect([...readSafetensors(bytes).tensors.keys()]).toContain("cells.1.weightHidden");
  });

  it.each([
    [
      "another version",
      (m: Record<string, string>) => {
        m.refrain = "2";
      },
      /format version 2; this release reads version 1/,
    ],
    [
      "another kind",
      (m: Record<string, string>) => {
        m.model = JSON.stringify({ kind: "parrot", config: {} });
      },
      /kind "parrot"; this release knows char-rnn, gpt/,
    ],
    [
      "a kind that is no text",
      (m: Record<string, string>) => {
        m.model = JSON.stringify({ kind: ["gpt"], config: {} });
      },
      /kind \["gpt"\]/,
    ],
    [
      "no object where the model should be",
      (m: Record<string, string>) => {
        m.model = "null";
      },
      /its model is no JSON object/,
    ],
    [
      "no config",
      (m: Record<string, string>) => {
        m.model = JSON.stringify({ kind: "gpt" });
      },
      /its config is no JSON object/,
    ],
    [
      "a damaged tokenizer",
      (m: Record<string, string>) => {
        m.tokenizer = "[";
      },
      /its tokenizer is not JSON/,
    ],
    [
      "no model",
      (m: Record<string, string>) => {
        delete m.model;
      },
      /holds no Refrain model/,
    ],
    [
      "a damaged config",
      (m: Record<string, string>) => {
        m.model = "{";
      },
      /damaged/,
    ],
    [
      "a config that its weights do not fit",
      (m: Record<string, string>) => {
        m.model = (m.model as string).replace('"hidden":6', '"hidden":7');
      },
      /has shape .* must hold/,
    ],
  ])("say what is wrong with %s", (_, change, message) => {
    expect(() => loadModel(withMetadata(change))).toThrow(message);
  });

  const huge = 2 ** 40;
  const described = (kind: string, config: object) =>
    withMetadata((m) => {
      m.model = JSON.stringify({ kind, config });
    });
  const small = {
    gpt: { vocabulary: 11, context: 8, features: 4, heads: 2, layers: 1 },
    rnn: { cell: "lstm", vocabulary: 11, embedding: 4, hidden: 6, layers: 2 },
  };

  it.each([
    ["gpt", { ...small.gpt, vocabulary: huge }],
    ["gpt", { ...small.gpt, context: huge }],
    ["gpt", { ...small.gpt, features: huge, heads: huge }],
    ["gpt", { ...small.gpt, layers: huge }],
    ["gpt", { ...small.gpt, hidden: huge }],
    ["char-rnn", { ...small.rnn, vocabulary: huge }],
    ["char-rnn", { ...small.rnn, embedding: huge }],
    ["char-rnn", { ...small.rnn, hidden: 1e6 }],
    ["char-rnn", { ...small.rnn, layers: huge }],
  ])("refuse a config far larger than their tensors at once: %s %j", (kind, config) => {
    expect(() => loadModel(described(kind, config))).toThrow(/its config describes parameters of \d+ numbers and more, but its tensors hold 745 in all/);
  });

  it.each([
    [{ vocabulary: "11" }, /vocabulary must be a whole number/],
    [{ features: null }, /features must be a whole number/],
    [{ layers: -1e12, features: -1e12 }, /features must be a whole number/],
    [{ keyValueHeads: {} }, /keyValueHeads must be a whole number/],
    [{ hidden: ["x"] }, /hidden must be a whole number/],
    [{ positions: 3 }, /positions must be learned/],
    [{ tied: 1 }, /tied must be a boolean/],
  ])("refuse a config of wrong types: %j", (wrong, message) => {
    expect(() => loadModel(described("gpt", { ...small.gpt, ...wrong }))).toThrow(message);
  });

  it("come back as gpt too, whose places may be without number where they are not learned", () => {
    const rotary = gpt({ ...small.gpt, context: 1e9, positions: "rotary" });
    const params = rotary.init(key(1));
    const loaded = loadModel(saveModel({ model: rotary, params, tokenizer: null }));
    expect(loaded.model.config).toEqual(rotary.config);
    disposeTree([params, loaded.params]);
  });

  it("leak nothing when a tensor is none that they have", () => {
    const { tensors, metadata } = readSafetensors(bytes);
    const load = (more: ReadonlyMap<string, StoredTensor>) => () => loadModel(writeSafetensors({ tensors: new Map([...tensors, ...more]), metadata }));
    const before = memoryInUse();
    expect(load(new Map([["z", { dtype: "U8", shape: [1], bytes: new Uint8Array(1) }]]))).toThrow(/z is U8/);
    expect(load(new Map([["z", { dtype: "F32", shape: [1], bytes: new Uint8Array(4) }]]))).toThrow(/z belong to no parameter/);
    const whole = new Map([...tensors].map(([path, entry]) => [path, { ...entry, dtype: "I32" as const }]));
    expect(load(whole)).toThrow(/is of whole numbers, but parameters are floats/);
    expect(memoryInUse()).toEqual(before);
  });

  it("load or say why not, whatever happened to their bytes, and leak nothing", () => {
    const before = memoryInUse();
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 3 }), (cut, flips) => {
        const mutated = bytes.slice(0, cut === 0 ? bytes.length : cut);
        for (const [at, value] of flips) if (at < mutated.length) mutated[at] = value;
        try {
          const { params } = loadModel(mutated);
          expect(leaves(params).length).toBeGreaterThan(0);
          disposeTree(params);
        } catch (error) {
          expect((error as Error).message).toMatch(/\w+/);
          expect(error).not.toBeInstanceOf(WebAssembly.RuntimeError);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(memoryInUse()).toEqual(before);
  });
});
