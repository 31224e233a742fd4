import { disposeTree, key, memoryInUse, readSafetensors, useBackend, writeSafetensors } from "@refrain/core";
import { beforeEach, describe, expect, it } from "vitest";
import { caption } from "./caption.ts";
import { captioner } from "./captioner.ts";
import { CAPTIONERS, somePictures, stirredCaptioner } from "./captioner.test-helper.ts";
import { loadModel, saveModel } from "./saved-model.ts";
import { SEQ2SEQS, seq2seqOf, stirredSeq2seq } from "./seq2seq.test-helper.ts";
import { translate } from "./translate.ts";

const TOKENIZERS = { source: { kind: "word", words: "a\nb" }, target: { kind: "char", characters: "甲乙" } };

describe("saved writers", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it.each(SEQ2SEQS)("come back with both tokenizers, and write the same: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config);
    const bytes = saveModel({ model, params, tokenizer: TOKENIZERS });
    const held = memoryInUse();
    const loaded = loadModel(bytes, "seq2seq");
    expect(loaded.tokenizer).toEqual(TOKENIZERS);
    expect(loaded.model.config).toEqual(model.config);
    const options = { length: 5, beams: 2, weights: true };
    expect(translate(loaded.model, loaded.params, [1, 5, 2], options)).toEqual(translate(model, params, [1, 5, 2], options));
    expect(saveModel(loaded)).toEqual(bytes);
    disposeTree(loaded.params);
    expect(memoryInUse()).toEqual(held);
    expect(() => loadModel(bytes)).toThrow('this file holds a model of kind "seq2seq", but char-rnn or gpt is asked for');
  });

  it.each(CAPTIONERS)("come back with their tokenizer, and write the same: %s", (_, config) => {
    const model = captioner(config),
      params = stirredCaptioner(config),
      picture = somePictures(config, 1).dataSync();
    const bytes = saveModel({ model, params, tokenizer: TOKENIZERS.target });
    const loaded = loadModel(bytes, "captioner");
    expect(loaded.tokenizer).toEqual(TOKENIZERS.target);
    const options = { length: 5, beams: 2, weights: true };
    expect(caption(loaded.model, loaded.params, picture, options)).toEqual(caption(model, params, picture, options));
    expect(saveModel(loaded)).toEqual(bytes);
    expect(() => loadModel(bytes, "seq2seq")).toThrow('"captioner", but seq2seq is asked for');
  });

  const HUGE = 2 ** 40;
  const context = SEQ2SEQS[0]?.[1] as object,
    attending = SEQ2SEQS[2]?.[1] as object,
    transformer = SEQ2SEQS[5]?.[1] as object,
    pictures = CAPTIONERS[0]?.[1] as object;

  it.each([
    ...["sourceVocabulary", "vocabulary", "embedding", "hidden", "layers"].flatMap((name) => [
      ["seq2seq", { ...context, [name]: HUGE }] as const,
      ["seq2seq", { ...attending, [name]: HUGE }] as const,
    ]),
    ...["sourceVocabulary", "vocabulary", "features", "hidden", "layers"].map((name) => ["seq2seq", { ...transformer, [name]: HUGE }] as const),
    ...["channels", "vocabulary", "embedding", "hidden"].map((name) => ["captioner", { ...pictures, [name]: HUGE }] as const),
    ["captioner", { ...pictures, convolutions: [4, HUGE] }] as const,
  ])("refuse a config far larger than their tensors, before anything of its size is made: %s %j", (kind, config) => {
    const model = seq2seqOf(SEQ2SEQS[0]?.[1] as (typeof SEQ2SEQS)[number][1]);
    const { tensors, metadata } = readSafetensors(saveModel({ model, params: model.init(key(1)), tokenizer: {} }));
    const bytes = writeSafetensors({ tensors, metadata: { ...metadata, model: JSON.stringify({ kind, config }) } });
    expect(() => loadModel(bytes, kind)).toThrow(/its config describes parameters of \d+ numbers and more, but its tensors hold \d+ in all/);
  });
});
