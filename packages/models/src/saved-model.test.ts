import { disposeTree, key, leaves, memoryInUse, useBackend, writeSafetensors, readSafetensors } from "@refrain/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { charRnn } from "./char-rnn.ts";
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
        m.model = JSON.stringify({ kind: "tagger", config: {} });
      },
      /kind "tagger"; this release knows char-rnn, gpt/,
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
