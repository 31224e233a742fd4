import { disposeTree, key, leaves, memoryInUse, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { beamSearch, contrastiveSearch, greedy } from "@refrain/losses/sampling";
import { engine, tensor2d } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { charRnn, type CharRnnConfig, type CharRnnParams } from "./char-rnn.ts";
import { decoder } from "./decoder.ts";
import { generate } from "./generate.ts";
import { languageObjective } from "./language-objective.ts";
import { rewrite } from "./rewrite.ts";

const CONFIGS: CharRnnConfig[] = [
  { cell: "lstm", vocabulary: 11, embedding: 5, hidden: 7, layers: 2 },
  { cell: "gru", vocabulary: 9, embedding: 6, hidden: 5, layers: 1 },
  { cell: "rnn", vocabulary: 9, embedding: 6, hidden: 6, layers: 3, tied: true },
  { cell: "peephole-lstm", vocabulary: 9, embedding: 4, hidden: 5, layers: 2 },
];
const TOKENS = [1, 4, 2, 7, 3, 3];

const copyOf = (params: CharRnnParams): number[][] => leaves(params).map((leaf) => [...leaf.dataSync()]);
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))));

describe.each(CONFIGS)("charRnn with $cell × $layers", (config) => {
  describe.each(["simd", "cpu"] as const)("on %s", (backend) => {
    let held: ReturnType<typeof memoryInUse>;
    let params: CharRnnParams;
    const model = charRnn(config);

    beforeEach(async () => {
      await useBackend(backend);
      held = memoryInUse();
      params = model.init(key(1));
    });

    afterEach(() => {
      disposeTree(params);
      expect(memoryInUse()).toEqual(held);
    });

    it("decodes token by token to the logits of the whole sequence", () => {
      const whole = engine().tidy(() => model.apply(params, { tokens: tensor2d(TOKENS, [1, TOKENS.length], "int32") }).logits.dataSync());
      const reader = decoder(model, params);
      let reading = reader.read([TOKENS[0] as number]);
      TOKENS.forEach((_, i) => {
        expect(apart(reading.logits, whole.subarray(i * config.vocabulary, (i + 1) * config.vocabulary))).toBeLessThan(1e-5);
        if (TOKENS[i + 1] !== undefined) reading = reader.read([TOKENS[i + 1] as number], reading.place);
      });
      reader.dispose();
    });

    it("hands out the hidden state that the logits are made of, until its place is released", () => {
      const reader = decoder(model, params);
      const { place, logits, hidden } = reader.read(TOKENS);
      const weight = ("weight" in params.head ? params.head.weight : params.embedding.weight).dataSync();
      const bias = params.head.bias?.dataSync() ?? [];
      const expected = Array.from(logits, (_, token) =>
        hidden.reduce((sum, h, i) => sum + h * (weight[token * config.hidden + i] as number), bias[token] ?? 0),
      );
      expect(apart(logits, expected)).toBeLessThan(1e-5);
      const kept = [...hidden];
      const other = reader.read([2], place);
      hidden.fill(0);
      expect([...reader.read(TOKENS).hidden]).toEqual(kept);
      reader.release(other.place);
      expect(() => other.hidden).toThrow(/was released/);
      reader.dispose();
    });

    it("tells the sampler all tokens so far, the prompt included", () => {
      const told: string[] = [];
      const sampler = (_: Float32Array, previous: readonly number[]) => {
        told.push(previous.join());
        return previous.length % 3;
      };
      expect([...generate(model, params, { prompt: new Set([1, 4]), sampler, length: 3 })]).toEqual([2, 0, 1]);
      expect(told).toEqual(["1,4", "1,4,2", "1,4,2,0"]);
    });

    it("is searched as it is sampled: one beam, and contrast of no weight, are greedy", () => {
      const greedyTokens = [...generate(model, params, { prompt: TOKENS, sampler: greedy, length: 8 })];
      const reader = decoder(model, params);
      const held = memoryInUse();
      expect(beamSearch(reader, { prompt: TOKENS, beams: 1, length: 8 })[0]?.tokens).toEqual(greedyTokens);
      expect([...contrastiveSearch(reader, { prompt: TOKENS, k: 3, alpha: 0, length: 8 })]).toEqual(greedyTokens);
      const [best, second] = beamSearch(reader, { prompt: TOKENS, beams: 4, length: 8, count: 2 });
      expect(best?.logProbability).toBeGreaterThanOrEqual(second?.logProbability as number);
      expect([...contrastiveSearch(reader, { prompt: TOKENS, k: 3, alpha: 0.9, length: 8 })]).toHaveLength(8);
      expect(memoryInUse()).toEqual(held);
      reader.dispose();
    });

    it("reads on from one place many times", () => {
      const reader = decoder(model, params);
      const { place } = reader.read(TOKENS);
      const [first, , again] = [2, 5, 2].map((token) => reader.read([token], place).logits);
      expect(again).toEqual(first);
      reader.dispose();
    });

    it("writes the same tokens for the same draws and gives its memory back when nobody takes more", () => {
      const drawn = () => {
        const tokens: number[] = [];
        for (const token of generate(model, params, { prompt: [1], sampler: (logits) => logits.indexOf(Math.max(...logits)) }))
          if (tokens.push(token) === 12) break;
        return tokens;
      };
      expect(drawn()).toEqual(drawn());
    });

    it("rewrites a line token by token, each foretold from those before it", () => {
      const written = rewrite(model, params, Int32Array.from(TOKENS));
      expect(written).toHaveLength(TOKENS.length);
      expect(rewrite(model, params, Int32Array.from(TOKENS.slice(0, 3)))).toEqual(written.slice(0, 3));
    });

    it("refuses tokens that are none of its vocabulary, and no token at all", () => {
      const reader = decoder(model, params);
      expect(() => reader.read([config.vocabulary])).toThrow(/none of the vocabulary/);
      expect(() => reader.read([])).toThrow(/at least one token/);
      reader.dispose();
    });
  });

  it("has the same loss and gradients on simd and on cpu", async () => {
    const measure = async (backend: "simd" | "cpu") => {
      await useBackend(backend);
      return engine().tidy(() => {
        const model = charRnn(config);
        const batch = { rows: 2, context: 3, inputs: Int32Array.from(TOKENS), targets: Int32Array.of(4, 2, 7, 3, 3, -1) };
        const objective = languageObjective(model, (logits, labels) => crossEntropy(logits, labels));
        const { value, aside, gradients } = valueAndGrad(objective)(model.init(key(3)), batch, "inference");
        return { loss: value.dataSync()[0] as number, total: aside.total.dataSync()[0], gradients: copyOf(gradients) };
      });
    };
    const [ours, reference] = [await measure("simd"), await measure("cpu")];
    expect(ours.total).toBe(5);
    expect(ours.loss).toBeCloseTo(reference.loss, 5);
    ours.gradients.forEach((gradient, i) => expect(apart(gradient, reference.gradients[i] as number[])).toBeLessThan(1e-5));
  });
});

describe("charRnn", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it("drops features while training only, by its key", () => {
    engine().tidy(() => {
      const model = charRnn({ ...(CONFIGS[0] as CharRnnConfig), dropout: 0.5 });
      const params = model.init(key(1)),
        input = { tokens: tensor2d(TOKENS, [1, 6], "int32") };
      const logits = (seed?: number) => model.apply(params, input, seed === undefined ? "inference" : { training: key(seed) }).logits.dataSync();
      expect(logits()).toEqual(logits());
      expect(logits(1)).toEqual(logits(1));
      expect(apart(logits(1), logits(2))).toBeGreaterThan(1e-3);
    });
  });

  it("says what is wrong with its config", () => {
    const config = CONFIGS[0] as CharRnnConfig;
    expect(() => charRnn({ ...config, hidden: 0 })).toThrow(/hidden must be a whole number of at least 1, but is 0/);
    expect(() => charRnn({ ...config, tied: true })).toThrow(/hidden is 7 and embedding is 5/);
    expect(() => charRnn({ ...config, cell: "lstn" as never })).toThrow(/one of rnn, lstm, gru, peephole-lstm/);
  });
});
