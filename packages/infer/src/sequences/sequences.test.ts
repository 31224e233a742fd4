import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree } from "@refrain/core";
import { loadKernels } from "@refrain/kernels";
import { answer, classifier, type ClassifierConfig, classify, loadModel, reader, type ReaderConfig, tag, tagger, type TaggerConfig } from "@refrain/models";
import { describe, expect, it } from "vitest";
import { savedModel } from "../saved.test-helper.ts";
import { loadClassifier } from "./load-classifier.ts";
import { loadReader } from "./load-reader.ts";
import { loadTagger } from "./load-tagger.ts";

const NET = { vocabulary: 9, embedding: 6, hidden: 5, layers: 2 };
const TOKENS = [3, 8, 1, 0, 5, 7];
const input = () => tensor2d(TOKENS, [1, TOKENS.length], "int32");
const padded = { rows: 1, time: TOKENS.length, tokens: Int32Array.from(TOKENS), lengths: [TOKENS.length] };

const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), a.length === b.length ? 0 : Number.NaN);

const TAGGERS: Record<string, TaggerConfig> = {
  lstm: { ...NET, cell: "lstm", tags: 4 },
  "peephole lstm, with a conditional random field": { ...NET, cell: "peephole-lstm", tags: 4, crf: true },
  gru: { ...NET, cell: "gru", tags: 3, layers: 1 },
};

describe.each(Object.entries(TAGGERS))("tagger: %s", (_, config) => {
  it.each(["f32", "int8"] as const)("says what training says, stored in %s", async (weights) => {
    const labels = ["N", "V", "A", "P"].slice(0, config.tags);
    const { params, bytes } = await savedModel(tagger(config), weights, { labels });
    disposeTree(params);
    const { model, params: own } = loadModel(bytes, "tagger");
    const expected = tidy(() => model.apply(own, { tokens: input() }).emissions).dataSync<"float32">();
    const kernels = await loadKernels();
    const before = kernels.heap.bytes();
    const loaded = await loadTagger(bytes, { weights: "f32", kernels });
    expect(loaded.labels).toEqual(labels);
    expect(far(loaded.emissions(TOKENS), expected)).toBeLessThan(1e-4);
    expect([...loaded.tag(TOKENS)]).toEqual([...(tag(model, own, padded)[0] as Int32Array)]);
    expect(() => loaded.tag([])).toThrow("at least one token");
    expect(() => loaded.tag([9])).toThrow("token 9");
    loaded.dispose();
    expect(() => loaded.tag(TOKENS)).toThrow("disposed");
    expect(kernels.heap.bytes()).toBe(before);
  });
});

const CLASSIFIERS: Record<string, ClassifierConfig> = {
  "last state": { ...NET, cell: "rnn", classes: 3 },
  "the mean": { ...NET, cell: "lstm", classes: 3, pool: "mean" },
  attention: { ...NET, cell: "gru", classes: 3, pool: "attention" },
};

describe.each(Object.entries(CLASSIFIERS))("classifier by %s", (_, config) => {
  it.each(["f32", "int8"] as const)("says what training says, stored in %s", async (weights) => {
    const { params, bytes } = await savedModel(classifier(config), weights);
    disposeTree(params);
    const { model, params: own } = loadModel(bytes, "classifier");
    const expected = tidy(() => model.apply(own, { tokens: input() }).logits).dataSync<"float32">();
    const [known] = classify(model, own, padded);
    const kernels = await loadKernels();
    const before = kernels.heap.bytes();
    const loaded = await loadClassifier(bytes, { weights: "f32", kernels });
    expect(far(loaded.logits(TOKENS), expected)).toBeLessThan(1e-4);
    const found = loaded.classify(TOKENS);
    expect(found.label).toBe(known?.label);
    expect(far(found.probabilities, known?.probabilities as Float32Array)).toBeLessThan(1e-4);
    expect(found.weights === undefined).toBe(known?.weights === undefined);
    if (found.weights) expect(far(found.weights, known?.weights as Float32Array)).toBeLessThan(1e-4);
    loaded.dispose();
    expect(() => loaded.logits(TOKENS)).toThrow("disposed");
    expect(kernels.heap.bytes()).toBe(before);
  });
});

describe.each(["rnn", "lstm", "gru", "peephole-lstm"] as const)("reader: %s", (cell) => {
  it.each(["f32", "int8"] as const)("says what training says, stored in %s", async (weights) => {
    const config: ReaderConfig = { ...NET, cell };
    const { params, bytes } = await savedModel(reader(config), weights);
    disposeTree(params);
    const { model, params: own } = loadModel(bytes, "reader");
    const question = [2, 4, 8];
    const expected = tidy(() => {
      const { first, last } = model.apply(own, { passage: input(), question: tensor2d(question, [1, 3], "int32") });
      return { first, last };
    });
    const kernels = await loadKernels();
    const before = kernels.heap.bytes();
    const loaded = await loadReader(bytes, { weights: "f32", kernels });
    const found = loaded.logits(TOKENS, question);
    expect(far(found.first, expected.first.dataSync<"float32">())).toBeLessThan(1e-4);
    expect(far(found.last, expected.last.dataSync<"float32">())).toBeLessThan(1e-4);
    const asked = { passage: padded, question: { rows: 1, time: 3, tokens: Int32Array.from(question), lengths: [3] } };
    for (const longest of [1, 2]) {
      const [known] = answer(model, own, asked as never, { longest });
      const own2 = loaded.answer(TOKENS, question, { longest });
      expect([own2.first, own2.last]).toEqual([known?.first, known?.last]);
      expect(own2.probability).toBeCloseTo(known?.probability as number, 4);
    }
    expect(() => loaded.answer(TOKENS, question, { longest: 0 })).toThrow("longest");
    loaded.dispose();
    expect(() => loaded.answer(TOKENS, question)).toThrow("disposed");
    expect(kernels.heap.bytes()).toBe(before);
  });
});
