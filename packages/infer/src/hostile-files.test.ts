import { type Kernels, loadKernels } from "@refrain/kernels";
import { captioner, charRnn, classifier, gpt, reader, seq2seq, tagger } from "@refrain/models";
import { generator, key } from "@refrain/sampling";
import { expect, it } from "vitest";
import { loadLanguageModel } from "./load-language-model.ts";
import { spoil } from "./mutations.test-helper.ts";
import { savedModel } from "./saved.test-helper.ts";
import { loadClassifier } from "./sequences/load-classifier.ts";
import { loadReader } from "./sequences/load-reader.ts";
import { loadTagger } from "./sequences/load-tagger.ts";
import { loadCaptioner } from "./writers/load-captioner.ts";
import { loadSeq2seq } from "./writers/load-seq2seq.ts";

/** How many files are spoilt; half a minute's worth in CI. */
const FILES = process.env.CI ? 100_000 : 5000;

const NET = { vocabulary: 8, embedding: 4, hidden: 4, layers: 2 };
const MARKS = { sourceVocabulary: 7, vocabulary: 8, start: 1, end: 2 };
const PIXELS = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i));

/** What each kind of model does with what was loaded: its answers. */
const KINDS: readonly { readonly model: unknown; use(file: Uint8Array<ArrayBuffer>, kernels: Kernels): Promise<Float32Array[]> }[] = [
  ...[charRnn({ ...NET, cell: "lstm" }), charRnn({ ...NET, cell: "peephole-lstm", layers: 1, tied: true }), charRnn({ ...NET, cell: "gru" })].map((model) => ({
    model,
    use: writeText,
  })),
  ...(["learned", "rotary", "alibi", "sinusoidal"] as const).map((positions) => ({
    model: gpt({ vocabulary: 8, context: 4, features: 4, heads: 2, layers: 1, positions }),
    use: writeText,
  })),
  {
    model: tagger({ ...NET, cell: "lstm", tags: 3, crf: true }),
    use: async (file, kernels) => await using(loadTagger(file, { kernels }), (model) => [model.emissions([1, 2, 3])]),
  },
  {
    model: classifier({ ...NET, cell: "gru", classes: 3, pool: "attention" }),
    use: async (file, kernels) => await using(loadClassifier(file, { kernels }), (model) => [model.logits([1, 2, 3])]),
  },
  {
    model: reader({ ...NET, cell: "rnn" }),
    use: async (file, kernels) => await using(loadReader(file, { kernels }), (model) => Object.values(model.logits([1, 2, 3], [4, 5]))),
  },
  ...(
    [
      { ...MARKS, kind: "context", cell: "gru", embedding: 4, hidden: 4 },
      { ...MARKS, kind: "attending", cell: "lstm", embedding: 4, hidden: 4, similarity: "additive", query: "last", inputFeeding: true },
      { ...MARKS, kind: "transformer", features: 4, heads: 2, layers: 1 },
    ] as const
  ).map((config) => ({
    model: seq2seq(config),
    use: async (file: Uint8Array<ArrayBuffer>, kernels: Kernels) =>
      await using(loadSeq2seq(file, { kernels }), (model) => {
        const session = model.session([1, 2, 3]);
        return [1, 4, 5].map((token) => session.feed(token).slice());
      }),
  })),
  {
    model: captioner({ height: 4, width: 4, channels: 3, vocabulary: 8, start: 1, end: 2, convolutions: [4], cell: "gru", embedding: 4, hidden: 4 }),
    use: async (file, kernels) =>
      await using(loadCaptioner(file, { kernels }), (model) => {
        const session = model.session(PIXELS);
        return [1, 4, 5].map((token) => session.feed(token).slice());
      }),
  },
];

async function writeText(file: Uint8Array<ArrayBuffer>, kernels: Kernels): Promise<Float32Array[]> {
  return await using(loadLanguageModel(file, { kernels }), (model) => {
    const session = model.session();
    return [1, 2, 3, 4, 5, 6].map((token) => session.feed(token).slice());
  });
}

async function using<M extends { dispose(): void }>(loading: Promise<M>, use: (model: M) => Float32Array[]): Promise<Float32Array[]> {
  const model = await loading;
  try {
    return use(model);
  } finally {
    model.dispose();
  }
}

/** Leaves NaN, or zeros, wherever the heap lends next: what reads beyond its own gives other answers after each. */
function litter({ heap }: Kernels, value: number): void {
  const block = heap.alloc(1 << 16);
  heap.f32(block, 1 << 14).fill(value);
  heap.free(block);
}

/** Words that a clear error begins with; what a slip of ours, or a trap in the kernels, would throw does not. */
const CLEAR =
  /^(this model file is damaged|this is no valid safetensors file|this safetensors file holds no|this model is of format version|this file holds a model of kind|feed: token|session: |tagger: token|classifier: token|reader: token)/;

it(`${FILES} spoilt files load or give a clear error, and read nothing that is not theirs`, { timeout: 3_600_000 }, async () => {
  const kernels = await loadKernels();
  const random = generator(key(6));
  const files: { file: Uint8Array<ArrayBuffer>; use: (typeof KINDS)[number]["use"] }[] = [];
  for (const { model, use } of KINDS)
    for (const weights of ["f32", "f16", "int8"] as const) files.push({ file: (await savedModel(model, weights)).bytes, use });
  const before = kernels.heap.bytes();
  const outcomes = { loaded: 0, refused: 0 };
  let slowest = 0;
  for (let i = 0; i < FILES; i++) {
    const { file, use } = files[i % files.length] as (typeof files)[number];
    const spoilt = spoil(file, random);
    const started = performance.now();
    const answers: Float32Array[][] = [];
    try {
      for (const value of [Number.NaN, 0]) {
        litter(kernels, value);
        answers.push(await use(spoilt, kernels));
      }
      expect(answers[0], `file ${i}`).toEqual(answers[1]);
      outcomes.loaded++;
    } catch (error) {
      expect((error as Error).message, `file ${i}: ${(error as Error).stack}`).toMatch(CLEAR);
      outcomes.refused++;
    }
    slowest = Math.max(slowest, performance.now() - started);
    expect(kernels.heap.bytes(), `the heap after file ${i}`).toBe(before);
  }
  console.log(`${outcomes.loaded} loaded, ${outcomes.refused} refused; the slowest took ${slowest.toFixed(1)} ms`);
  // Nothing hangs, however slow the machine.
  expect(slowest).toBeLessThan(5000);
  expect(Math.min(outcomes.loaded, outcomes.refused)).toBeGreaterThan(FILES / 20);
});
