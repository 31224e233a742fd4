import { fill } from "@tensorflow/tfjs-core";
import {
  dequantizeRows,
  disposeTree,
  key,
  memoryInUse,
  named,
  quantizeRows,
  readSafetensors,
  type StoredTensor,
  type TensorTree,
  useBackend,
  writeSafetensors,
} from "@refrain/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { captioner } from "./captioner.ts";
import { CAPTIONERS, stirredCaptioner } from "./captioner.test-helper.ts";
import { charRnn } from "./char-rnn.ts";
import { classifier } from "./classifier.ts";
import { gpt } from "./gpt.ts";
import type { AnyModel, ModelKind } from "./model-kinds.ts";
import { stirred } from "./padded.test-helper.ts";
import { reader } from "./reader.ts";
import { loadModel, saveModel } from "./saved-model.ts";
import { SEQ2SEQS, seq2seqOf, stirredSeq2seq } from "./seq2seq.test-helper.ts";
import { tagger } from "./tagger.ts";

const KINDS: readonly ModelKind[] = ["char-rnn", "gpt", "tagger", "classifier", "reader", "seq2seq", "captioner"];
const SIZES = { vocabulary: 5, embedding: 3, cell: "gru", hidden: 4, layers: 2 } as const;

type Made = readonly [AnyModel, TensorTree];

/** A model with parameters large enough to tell them apart. */
const of = (model: AnyModel) => (): Made => [model, stirred(model.init(key(1)) as TensorTree)];

const MODELS: readonly (readonly [string, () => Made])[] = [
  ...(["rnn", "lstm", "gru", "peephole-lstm"] as const).map((cell) => [cell, of(charRnn({ ...SIZES, cell }))] as const),
  ["a tied lstm", of(charRnn({ ...SIZES, cell: "lstm", embedding: 4, tied: true }))],
  ...(["learned", "rotary"] as const).map(
    (positions) => [`gpt, ${positions}`, of(gpt({ vocabulary: 5, context: 8, features: 4, heads: 2, layers: 2, positions }))] as const,
  ),
  ...[false, true].map((crf) => [`tagger, crf ${crf}`, of(tagger({ ...SIZES, tags: 3, crf }))] as const),
  ...(["last", "mean", "attention"] as const).map((pool) => [`classifier, ${pool}`, of(classifier({ ...SIZES, classes: 2, pool }))] as const),
  ["reader", of(reader(SIZES))],
  ...SEQ2SEQS.map(([name, config]) => [`seq2seq, ${name}`, (): Made => [seq2seqOf(config), stirredSeq2seq(config)]] as const),
  ...CAPTIONERS.map(([name, config]) => [`captioner, ${name}`, (): Made => [captioner(config), stirredCaptioner(config)]] as const),
];

/** The half nearest to a number under 65504, by the spacing of halves there. */
function nearestHalf(value: number): number {
  const spacing = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
  const below = Math.floor(value / spacing);
  const part = value / spacing - below;
  return spacing * (part === 0.5 ? below + (Math.abs(below) % 2) : Math.round(below + part));
}

describe("saved models in fewer bits", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(MODELS)("come back from int8 with the numbers that it stands for: %s", (_, make) => {
    const [model, params] = make();
    const bytes = saveModel({ model, params, tokenizer: {}, weights: "int8" });
    const loaded = loadModel(bytes, ...KINDS);
    expect(loaded.weights).toBe("int8");
    expect([...named(loaded.params).keys()]).toEqual([...named(params).keys()]);
    let matrices = 0;
    for (const [path, tensor] of named(params)) {
      const values = tensor.dataSync<"float32">();
      const [rows, columns] = tensor.shape as [number, number];
      const expected = tensor.rank === 2 ? dequantizeRows(quantizeRows(values, rows, columns)) : values;
      expect(named(loaded.params).get(path)?.dataSync(), path).toEqual(expected);
      if (tensor.rank === 2) matrices++;
    }
    expect(matrices).toBeGreaterThan(1);
    expect(saveModel(loaded)).toEqual(bytes);
  });

  it.each(MODELS)("come back from f16 as the nearest halves: %s", (_, make) => {
    const [model, params] = make();
    const bytes = saveModel({ model, params, tokenizer: {}, weights: "f16" });
    const loaded = loadModel(bytes, ...KINDS);
    expect(loaded.weights).toBe("f16");
    for (const [path, tensor] of named(params))
      expect([...(named(loaded.params).get(path)?.dataSync() ?? [])], path).toEqual(Array.from(tensor.dataSync<"float32">(), nearestHalf));
    expect(saveModel(loaded)).toEqual(bytes);
  });

  const CONFIG = { cell: "lstm", vocabulary: 40, embedding: 24, hidden: 32, layers: 2 } as const;
  const model = charRnn(CONFIG);
  const saved = (weights?: "f32" | "f16" | "int8") => {
    const params = model.init(key(5));
    const bytes = saveModel({ model, params, tokenizer: { kind: "char" }, about: { context: 9 }, ...(weights && { weights }) });
    disposeTree(params);
    return bytes;
  };

  it("take half and about a quarter of the bytes", () => {
    const [f32, f16, int8] = (["f32", "f16", "int8"] as const).map((weights) => saved(weights).length) as [number, number, number];
    expect(f16 / f32).toBeLessThan(0.55);
    expect(int8 / f32).toBeLessThan(0.4);
  });

  it("say so in their metadata, and of f32 nothing, as before", () => {
    expect(readSafetensors(saved("int8")).metadata).toMatchObject({ refrain: "1", weights: "int8" });
    expect(readSafetensors(saved("f16")).metadata).toMatchObject({ refrain: "1", weights: "f16" });
    expect(readSafetensors(saved()).metadata).not.toHaveProperty("weights");
    expect(saved("f32")).toEqual(saved());
    const loaded = loadModel(saved());
    expect(loaded.weights).toBe("f32");
    disposeTree(loaded.params);
  });

  it("were read in halves before any file said so", () => {
    const { tensors, metadata } = readSafetensors(saved("f16"));
    const { weights, ...old } = metadata;
    const loaded = loadModel(writeSafetensors({ tensors, metadata: old }));
    expect([weights, loaded.weights]).toEqual(["f16", "f32"]);
    disposeTree(loaded.params);
  });

  const changed = (as: "f32" | "f16" | "int8", change: (tensors: Map<string, StoredTensor>, metadata: Record<string, string>) => void) => {
    const { tensors, metadata } = readSafetensors(saved(as));
    const [all, said] = [new Map(tensors), { ...metadata }];
    change(all, said);
    return writeSafetensors({ tensors: all, metadata: said });
  };
  const config = (m: Record<string, string>, change: object) => {
    m.model = JSON.stringify({ kind: model.kind, config: { ...CONFIG, ...change } });
  };

  it.each([
    [
      "a way that there is not",
      () =>
        changed("int8", (_, m) => {
          m.weights = "int4";
        }),
      /^this model's weights are stored as "int4"; this release knows f32, f16, int8\.$/,
    ],
    [
      "int8 that nothing is said of",
      () =>
        changed("int8", (_, m) => {
          delete m.weights;
        }),
      /said to be stored as f32, but its tensor embedding\.weight is I8 \[40,24\]/,
    ],
    [
      "f32 that is said to be int8",
      () =>
        changed("f32", (_, m) => {
          m.weights = "int8";
        }),
      /said to be stored as int8, but its tensor embedding\.weight is F32 \[40,24\]/,
    ],
    [
      "int8 that is said to be f16",
      () =>
        changed("int8", (_, m) => {
          m.weights = "f16";
        }),
      /said to be stored as f16, but its tensor embedding\.weight is I8/,
    ],
    [
      "scales that are gone",
      () => changed("int8", (tensors) => tensors.delete("cells.1.weightHidden.scales")),
      /scales, cells\.1\.weightHidden\.scales, are missing/,
    ],
    [
      "scales of a tensor that is gone",
      () => changed("int8", (tensors) => tensors.delete("embedding.weight")),
      /embedding\.weight\.scales belong to no parameter/,
    ],
    ["whole numbers", () => changed("f32", (tensors) => tensors.set("z", { dtype: "I32", shape: [1], bytes: new Uint8Array(4) })), /of whole numbers/],
    ["another config", () => changed("int8", (_, m) => config(m, { hidden: 33 })), /has shape .* must hold/],
  ])("are refused with %s, and leak nothing", (_, make, message) => {
    const before = memoryInUse();
    expect(() => loadModel(make())).toThrow(message);
    expect(memoryInUse()).toEqual(before);
  });

  it("count no scales among their numbers", () => {
    const numbers = [...readSafetensors(saved()).tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
    expect(() => loadModel(changed("int8", (_, m) => config(m, { hidden: 1e6 })))).toThrow(`but its tensors hold ${numbers} in all`);
  });

  it("name the weight that cannot be stored so", () => {
    const params = { ...model.init(key(1)), embedding: { weight: fill([40, 24], 1e6) } };
    expect(() => saveModel({ model, params, tokenizer: {}, weights: "f16" })).toThrow(/^storeTensors: embedding\.weight cannot be stored as f16/);
    const broken = { ...params, embedding: { weight: fill([40, 24], Number.NaN) } };
    expect(() => saveModel({ model, params: broken, tokenizer: {}, weights: "int8" })).toThrow(/^storeTensors: embedding\.weight cannot be stored as int8/);
  });

  it("load or say why not, whatever happened to their bytes, and leak nothing", () => {
    const small = charRnn({ cell: "lstm", vocabulary: 5, embedding: 2, hidden: 3, layers: 1 });
    const params = small.init(key(5));
    const bytes = saveModel({ model: small, params, tokenizer: {}, weights: "int8" });
    disposeTree(params);
    const before = memoryInUse();
    const outcomes = { loaded: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (flips) => {
        const mutated = bytes.slice();
        for (const [at, value] of flips) mutated[at] = value;
        try {
          const { params } = loadModel(mutated);
          expect([...named(params).values()].every((tensor) => tensor.dataSync().length === tensor.size)).toBe(true);
          disposeTree(params);
          outcomes.loaded++;
        } catch (error) {
          expect((error as Error).message).toMatch(/\w+/);
          expect(error).not.toBeInstanceOf(WebAssembly.RuntimeError);
          outcomes.refused++;
        }
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(memoryInUse()).toEqual(before);
    expect(Math.min(outcomes.loaded, outcomes.refused)).toBeGreaterThan(20);
  });
});
