import { disposeTree, foldIn, generator, key, memoryInUse, useBackend } from "@refrain/core";
import { charTokenizer, charVocabulary, randomWindows } from "@refrain/data";
import { defaultLyrics } from "@refrain/data/lyrics";
import { crossEntropy } from "@refrain/losses";
import { samplerOf, temperature } from "@refrain/losses/sampling";
import { charRnn, type CharRnnParams, generate, languageObjective } from "@refrain/models";
import { adamw, cosine, train } from "@refrain/train";
import { beforeAll, describe, expect, it } from "vitest";

const STEPS = 2000,
  CHARACTERS = 10_000;

const text = [...defaultLyrics].slice(0, 20_000).join("");
const tokenizer = charTokenizer(charVocabulary(text, 5));
const batches = randomWindows(tokenizer.encode(text), { batch: 4, context: 8 }, 1);

beforeAll(async () => {
  await useBackend("simd");
});

describe.each(["lstm", "gru", "rnn"] as const)("a %s, with dropout and clipping", (cell) => {
  const model = charRnn({ cell, vocabulary: tokenizer.size, embedding: 12, hidden: 16, layers: 2, dropout: 0.1 });

  it(`holds after ${STEPS} training steps and ${CHARACTERS} sampled characters what it held after ten`, { timeout: 120_000 }, async () => {
    const before = memoryInUse();
    let afterTen: ReturnType<typeof memoryInUse> | undefined;
    let params: CharRnnParams | undefined;
    for await (const event of train({
      params: model.init(key(1)),
      optimizer: adamw(),
      objective: languageObjective(model, (logits, labels) => crossEntropy(logits, labels)),
      batches,
      schedule: cosine(0.01),
      budget: { steps: STEPS },
      clip: 1,
      key: foldIn(key(1), 1),
    })) {
      if (event.event === "step" && event.step === 10) afterTen = memoryInUse();
      if (event.event === "end") {
        expect(memoryInUse()).toEqual(afterTen);
        disposeTree(event.snapshot.optimizerState);
        params = event.snapshot.params;
      }
    }

    let written = 0;
    let afterTenWritten: ReturnType<typeof memoryInUse> | undefined;
    for (const _ of generate(model, params as CharRnnParams, { prompt: [1], sampler: samplerOf([temperature(1)], generator(key(2))) })) {
      if (++written === 10) afterTenWritten = memoryInUse();
      if (written === CHARACTERS) break;
      if (written === CHARACTERS - 1) expect(memoryInUse()).toEqual(afterTenWritten);
    }
    expect(written).toBe(CHARACTERS);
    disposeTree(params ?? []);
    expect(memoryInUse()).toEqual(before);
  });
});
