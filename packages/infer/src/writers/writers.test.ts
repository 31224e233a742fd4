import { type Tensor, tensor2d, tensor4d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree } from "@refrain/core";
import { loadKernels } from "@refrain/kernels";
import { caption, captioner, type CaptionerConfig, loadModel, type Seq2seq, seq2seq, type Seq2seqConfig, translate } from "@refrain/models";
import { describe, expect, it } from "vitest";
import { savedModel } from "../saved.test-helper.ts";
import type { Captioner, Translator, WriterSession } from "./contract.ts";
import { loadCaptioner } from "./load-captioner.ts";
import { loadSeq2seq } from "./load-seq2seq.ts";
import { write } from "./write.ts";

const MARKS = { sourceVocabulary: 9, vocabulary: 8, start: 1, end: 2 };
const RECURRENT = { ...MARKS, embedding: 6, hidden: 10 };
const TRANSFORMER = { ...MARKS, kind: "transformer" as const, features: 8, heads: 2, layers: 2 };

const CONFIGS: Record<string, Seq2seqConfig> = {
  "context, lstm": { ...RECURRENT, kind: "context", cell: "lstm", layers: 2 },
  "context, peephole lstm": { ...RECURRENT, kind: "context", cell: "peephole-lstm" },
  "attending, general": { ...RECURRENT, kind: "attending", cell: "gru", layers: 2 },
  "attending, dot": { ...RECURRENT, kind: "attending", cell: "rnn", similarity: "dot" },
  "attending, scaled-dot": { ...RECURRENT, kind: "attending", cell: "lstm", similarity: "scaled-dot", layers: 2 },
  "attending, cosine": { ...RECURRENT, kind: "attending", cell: "gru", similarity: "cosine" },
  "attending, additive, the last query": { ...RECURRENT, kind: "attending", cell: "lstm", similarity: "additive", query: "last" },
  "attending, input feeding": { ...RECURRENT, kind: "attending", cell: "peephole-lstm", inputFeeding: true },
  "attending, the last query, input feeding": { ...RECURRENT, kind: "attending", cell: "gru", query: "last", inputFeeding: true, layers: 2 },
  transformer: TRANSFORMER,
  "transformer, norms after, swiglu": { ...TRANSFORMER, order: "post", activation: "swiglu", hidden: 12 },
  "transformer, gelu": { ...TRANSFORMER, activation: "gelu" },
};

const SOURCE = [3, 8, 1, 0, 5];
const TARGET = [1, 4, 6, 3, 7, 0];

const PICTURE_SIZES = { height: 8, width: 4, channels: 3 };
const PICTURE = Float32Array.from({ length: 8 * 4 * 3 }, (_, i) => Math.sin(i));
const CAPTIONER: CaptionerConfig = { ...PICTURE_SIZES, vocabulary: 8, start: 1, end: 2, convolutions: [4, 8], cell: "lstm", embedding: 6, hidden: 10 };
const CAPTIONERS: Record<string, CaptionerConfig> = {
  lstm: CAPTIONER,
  "gru, without places, general": { ...CAPTIONER, cell: "gru", positions: "none", similarity: "general" },
  "rnn, dot": { ...CAPTIONER, cell: "rnn", hidden: 8, similarity: "dot" },
};

const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), a.length === b.length ? 0 : Number.NaN);

/** Feeds the target, and compares logits and weights with those of training, [time, vocabulary] and [time, places]. */
function compare(session: WriterSession, found: { logits: Tensor; weights?: Tensor | undefined }): void {
  const [logits, weights] = [found.logits.dataSync<"float32">(), found.weights?.dataSync<"float32">()];
  TARGET.forEach((token, time) => {
    expect(far(session.feed(token), logits.subarray(time * 8, (time + 1) * 8))).toBeLessThan(1e-4);
    const looked = session.looked();
    expect(looked === undefined).toBe(weights === undefined);
    if (looked && weights) expect(far(looked, weights.subarray(time * looked.length, (time + 1) * looked.length))).toBeLessThan(1e-4);
  });
}

/** What is true of every writer's sessions. */
async function checkSessions<M extends Translator | Captioner>(
  load: (kernels: Awaited<ReturnType<typeof loadKernels>>) => Promise<M>,
  begin: (model: M) => WriterSession,
) {
  const kernels = await loadKernels();
  const before = kernels.heap.bytes();
  const model = await load(kernels);
  const session = begin(model);
  for (const token of [1, 4]) session.feed(token);
  const [fork, again] = [session.fork(), model.resume(session.save())];
  const next = session.feed(6).slice();
  expect(fork.feed(6)).toEqual(next);
  expect(again.feed(6)).toEqual(next);
  expect(fork.looked()).toEqual(session.looked());
  session.dispose();
  for (const token of [5, 0]) expect(fork.feed(token)).toEqual(again.feed(token));
  const other = begin(model);
  const alone = [fork.fork().feed(3), other.fork().feed(1)].map((logits) => logits.slice());
  expect(model.feedEach([fork, other], [3, 1])).toEqual(alone);
  for (const saved of [new Float32Array(0), new Float32Array(7), Float32Array.of(3, 1, 2)]) expect(() => model.resume(saved)).toThrow("Save it anew");
  model.dispose();
  model.dispose();
  expect(kernels.heap.bytes()).toBe(before);
  expect(() => begin(model)).toThrow("disposed");
  for (const each of [session, fork, again]) expect(() => each.looked()).toThrow("disposed");
}

describe.each(Object.entries(CONFIGS))("seq2seq: %s", (_, config) => {
  it.each(["f32", "f16", "int8"] as const)("gives the logits and the weights of training, stored in %s", async (weights) => {
    const { params, bytes } = await savedModel(seq2seq(config), weights);
    disposeTree(params);
    const { model, params: own } = loadModel(bytes, "seq2seq") as unknown as { model: Seq2seq; params: never };
    const input = { source: tensor2d(SOURCE, [1, SOURCE.length], "int32"), target: tensor2d(TARGET, [1, TARGET.length], "int32"), weights: true };
    const found = tidy(() => {
      const { logits, weights: looked } = model.apply(own, input);
      return { logits, ...(looked && { weights: looked }) };
    });
    const loaded = await loadSeq2seq(bytes, { weights: "f32" });
    compare(loaded.session(SOURCE), found);
    loaded.dispose();
  });

  it("writes what training would write", async () => {
    const { params, bytes } = await savedModel(seq2seq(config));
    const loaded = await loadSeq2seq(bytes);
    for (const beams of [1, 3]) {
      const expected = translate(seq2seq(config), params, SOURCE, { length: 9, beams, weights: true });
      const written = write(loaded, SOURCE, { length: 9, beams, weights: true });
      expect(written.tokens).toEqual(expected.tokens);
      expect(written.stopped).toBe(expected.stopped);
      expect(written.logProbability).toBeCloseTo(expected.logProbability, 3);
      expect(written.weights?.length).toBe(expected.weights?.length);
      written.weights?.forEach((row, i) => expect(far(row, expected.weights?.[i] as number[])).toBeLessThan(1e-4));
    }
    loaded.dispose();
  });

  it("forks, goes on from what was saved, and gives all memory back", async () => {
    const { bytes } = await savedModel(seq2seq(config));
    await checkSessions(
      (kernels) => loadSeq2seq(bytes, { kernels }),
      (model) => model.session(SOURCE),
    );
  });

  it("has the tokenizers of both sides, where they were saved", async () => {
    const [source, target] = [
      { kind: "char", characters: "abc" },
      { kind: "word", words: "une\nvie" },
    ];
    const { tokenizers, dispose } = await loadSeq2seq((await savedModel(seq2seq(config), "f32", { tokenizer: { source, target } })).bytes);
    expect([...tokenizers.source.encode("cab")]).toEqual([3, 1, 2]);
    expect(tokenizers.target.decode(tokenizers.target.encode("une vie"))).toBe("une vie");
    dispose();
    const foreign = await loadSeq2seq((await savedModel(seq2seq(config), "f32", { tokenizer: { source, target: { kind: "bpe" } } })).bytes);
    expect(foreign.tokenizers.source.size).toBe(4);
    expect(() => foreign.tokenizers.target).toThrow("this model was saved with a tokenizer that is none of @refrain/data's");
    const large = { kind: "char", characters: "abcdefghijk" };
    await expect(savedModel(seq2seq(config), "f32", { tokenizer: large }).then(({ bytes }) => loadSeq2seq(bytes))).rejects.toThrow(
      "its tokenizer has 12 tokens, but its model knows 9",
    );
    foreign.dispose();
  });

  it("refuses an empty source, and tokens that it does not know", async () => {
    const { bytes } = await savedModel(seq2seq(config));
    const loaded = await loadSeq2seq(bytes);
    expect(() => loaded.session([])).toThrow("at least one token");
    expect(() => loaded.session([1, 9])).toThrow("token 9 is none of the vocabulary's 0 to 8");
    loaded.dispose();
  });
});

describe.each(Object.entries(CAPTIONERS))("captioner: %s", (_, config) => {
  it.each(["f32", "int8"] as const)("gives the logits and the weights of training, stored in %s", async (weights) => {
    const { params, bytes } = await savedModel(captioner(config), weights);
    disposeTree(params);
    const { model, params: own } = loadModel(bytes, "captioner");
    const input = { picture: tensor4d(PICTURE, [1, 8, 4, 3]), target: tensor2d(TARGET, [1, TARGET.length], "int32"), weights: true };
    const found = tidy(() => {
      const { logits, weights: looked } = model.apply(own, input);
      return { logits, ...(looked && { weights: looked }) };
    });
    const loaded = await loadCaptioner(bytes, { weights: "f32" });
    expect(loaded.places).toEqual({ height: 2, width: 1 });
    compare(loaded.session(PICTURE), found);
    loaded.dispose();
  });

  it("writes what training would write", async () => {
    const { params, bytes } = await savedModel(captioner(config));
    const loaded = await loadCaptioner(bytes);
    expect(write(loaded, PICTURE, { length: 9, beams: 2 }).tokens).toEqual(caption(captioner(config), params, PICTURE, { length: 9, beams: 2 }).tokens);
    loaded.dispose();
  });

  it("forks, goes on from what was saved, gives all memory back, and refuses a picture of another size", async () => {
    const { bytes } = await savedModel(captioner(config));
    await checkSessions(
      (kernels) => loadCaptioner(bytes, { kernels }),
      (model) => model.session(PICTURE),
    );
    const loaded = await loadCaptioner(bytes);
    expect(() => loaded.session([1, 2])).toThrow("a picture of 8 × 4 × 3 has 96 numbers, but 2 were given");
    loaded.dispose();
  });
});
