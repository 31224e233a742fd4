import { disposeTree, key, memoryInUse, readSafetensors, useBackend, writeSafetensors } from "@refrain/core";
import { beforeAll, describe, expect, it } from "vitest";
import { answer } from "./answer.ts";
import { charRnn } from "./char-rnn.ts";
import { classifier, type ClassifierConfig } from "./classifier.ts";
import { classify } from "./classify.ts";
import { padded, stirred } from "./padded.test-helper.ts";
import { reader } from "./reader.ts";
import { loadModel, saveModel } from "./saved-model.ts";
import { tag } from "./tag.ts";
import { tagger } from "./tagger.ts";

const SIZES = { vocabulary: 5, embedding: 3, cell: "gru", hidden: 4, layers: 2 } as const;
const tokenizer = { kind: "word", words: "a\nb\nc\nd" };
const sequences = padded([
  [4, 1],
  [2, 0, 3],
]);

const taggers = [false, true].map((crf) => tagger({ ...SIZES, tags: 3, crf, dropout: 0.1 }));
const classifiers = (["last", "mean", "attention"] as const).map((pool) => classifier({ ...SIZES, classes: 2, pool }));

/** The same file with something else in its metadata. */
function changed(bytes: Uint8Array<ArrayBuffer>, change: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(bytes);
  const entries = Object.entries(change).map(([name, value]) => [name, JSON.stringify(value)]);
  return writeSafetensors({ tensors, metadata: { ...metadata, ...Object.fromEntries(entries) } });
}

describe("saved models", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(taggers.map((model) => [JSON.stringify(model.config), model] as const))("tag as they did: %s", (_, model) => {
    const params = stirred(model.init(key(1)), 1, 1);
    const bytes = saveModel({ model, params, tokenizer, labels: ["NOUN", "VERB", "X"], about: { epochs: 3 } });
    const loaded = loadModel(bytes, "tagger");
    expect(loaded).toMatchObject({ tokenizer, labels: ["NOUN", "VERB", "X"], about: { epochs: 3 }, model: { kind: "tagger", config: model.config } });
    expect(tag(loaded.model, loaded.params, sequences)).toEqual(tag(model, params, sequences));
    expect(saveModel(loaded)).toEqual(bytes);
  });

  it.each(classifiers.map((model) => [model.config.pool, model] as const))("classify as they did: %s", (_, model) => {
    const params = stirred(model.init(key(1)));
    const loaded = loadModel(saveModel({ model, params, tokenizer, labels: ["yes", "no"] }), "classifier");
    expect(loaded.labels).toEqual(["yes", "no"]);
    expect(classify(loaded.model, loaded.params, sequences)).toEqual(classify(model, params, sequences));
  });

  it("answer as they did", () => {
    const model = reader(SIZES),
      params = stirred(model.init(key(1)));
    const loaded = loadModel(saveModel({ model, params, tokenizer }), "reader");
    const asked = { passage: sequences, question: sequences };
    expect(loaded).not.toHaveProperty("labels");
    expect(answer(loaded.model, loaded.params, asked)).toEqual(answer(model, params, asked));
  });

  it("are those asked for, models of text unless others are named", () => {
    const [model] = classifiers as [(typeof classifiers)[number]];
    const bytes = saveModel({ model, params: model.init(key(1)), tokenizer });
    const loaded = loadModel(bytes, "tagger", "classifier");
    expect(loaded.model.kind).toBe("classifier");
    expect(() => loadModel(bytes)).toThrow(
      'this file holds a model of kind "classifier", but char-rnn or gpt is asked for. It is loaded by loadModel(bytes, "classifier").',
    );
    expect(() => loadModel(bytes, "reader")).toThrow("but reader is asked for");
    const rnn = charRnn(SIZES);
    expect(() => loadModel(saveModel({ model: rnn, params: rnn.init(key(1)), tokenizer }), "tagger")).toThrow('It is loaded by loadModel(bytes, "char-rnn").');
  });

  it("have one label for each answer that there is", () => {
    const [model] = taggers as [(typeof taggers)[number]];
    const saved = { model, params: model.init(key(1)), tokenizer };
    expect(() => saveModel({ ...saved, labels: ["NOUN"] })).toThrow("a tagger of this config has 3 labels, but 1 are given.");
    const bytes = saveModel({ ...saved, labels: ["NOUN", "VERB", "X"] });
    expect(() => loadModel(changed(bytes, { labels: ["NOUN"] }), "tagger")).toThrow("a tagger of this config has 3 labels, but 1 are given.");
    for (const labels of [{}, [1, 2, 3], "abc"])
      expect(() => loadModel(changed(bytes, { labels }), "tagger")).toThrow("this model file is damaged: its labels are no list of names.");
    const other = reader(SIZES);
    expect(() => saveModel({ model: other, params: other.init(key(1)), tokenizer, labels: ["a"] })).toThrow(
      "a reader of this config has 0 labels, but 1 are given.",
    );
  });

  const huge = 2 ** 40;
  const small: ClassifierConfig & { readonly tags: number } = { ...SIZES, tags: 3, classes: 2 };
  it.each([
    ...["tagger", "classifier", "reader"].flatMap((kind) => ["vocabulary", "embedding", "layers"].map((name) => [kind, { [name]: huge }] as const)),
    ...["tagger", "classifier", "reader"].map((kind) => [kind, { hidden: 1e6 }] as const),
    ["tagger", { tags: huge }] as const,
    ["tagger", { tags: 1e5, crf: true }] as const,
    ["classifier", { classes: huge }] as const,
  ])("refuse a config far larger than their tensors at once: %s %j", (kind, wrong) => {
    const [model] = taggers as [(typeof taggers)[number]];
    const params = model.init(key(1));
    const bytes = changed(saveModel({ model, params, tokenizer }), { model: { kind, config: { ...small, ...wrong } } });
    disposeTree(params);
    const before = memoryInUse();
    expect(() => loadModel(bytes, "tagger", "classifier", "reader")).toThrow(/its config describes parameters of \d+ numbers and more/);
    expect(memoryInUse()).toEqual(before);
  });
});
