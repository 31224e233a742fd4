import { key, type TensorTree, useBackend } from "@refrain/core";
import { banned } from "@refrain/losses/sampling";
import { tensor2d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { SEQ2SEQS, seq2seqOf, stirredSeq2seq } from "./seq2seq.test-helper.ts";
import type { Seq2seqConfig } from "./seq2seq-contract.ts";
import { translate } from "./translate.ts";

const SOURCE = [1, 4, 2, 2, 5];
const [START, END] = [3, 4];

/** The log-probabilities [vocabulary] of the token after a text, by teacher forcing; and where that token looks. */
function foretold(config: Seq2seqConfig, params: TensorTree, text: readonly number[]): { logs: number[]; weights: number[] | undefined } {
  return tidy(() => {
    const read = [START, ...text];
    const input = { source: tensor2d([SOURCE], [1, SOURCE.length], "int32"), target: tensor2d([read], [1, read.length], "int32"), weights: true };
    const { logits, weights } = seq2seqOf(config).apply(params, input);
    const last = (logits.arraySync()[0] as number[][]).at(-1) as number[];
    const norm = Math.log(last.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return { logs: last.map((logit) => logit - norm), weights: ((weights as Tensor3D | undefined)?.arraySync()[0] as number[][] | undefined)?.at(-1) } as never;
  }) as never;
}

const possible = (logs: readonly number[]) => logs.map((log, token) => (token === START ? Number.NEGATIVE_INFINITY : log));

describe.each(BACKENDS)("translate on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(SEQ2SEQS)("takes the likeliest token at each step where nothing else is said, and tells where each looked: %s", (_, config) => {
    const params = stirredSeq2seq(config);
    const found = translate(seq2seqOf(config), params, SOURCE, { length: 6, weights: true });
    const text: number[] = [],
      weights: number[][] = [];
    let total = 0,
      token = -1;
    for (let step = 0; step < 6; step++) {
      const next = foretold(config, params, text);
      const logs = possible(next.logs);
      token = logs.indexOf(Math.max(...logs));
      total += logs[token] as number;
      if (token === END) break;
      text.push(token);
      if (next.weights) weights.push(next.weights);
    }
    expect(found.tokens).toEqual(text);
    expect(found.stopped).toBe(token === END);
    expect(found.logProbability).toBeCloseTo(total, 4);
    if (config.kind === "context") expect("weights" in found).toBe(false);
    else expectClose((found.weights as number[][]).flat(), weights.flat(), 2e-5);
    expect("weights" in translate(seq2seqOf(config), params, SOURCE, { length: 6 })).toBe(false);
  });

  it.each(SEQ2SEQS)("finds the likeliest of all texts with as many beams as there are: %s", (_, config) => {
    const params = stirredSeq2seq(config, 2);
    const all: { tokens: number[]; total: number }[] = [];
    const walk = (tokens: number[], total: number): void => {
      possible(foretold(config, params, tokens).logs).forEach((log, token) => {
        if (token === END || tokens.length === 1) all.push({ tokens: token === END ? tokens : [...tokens, token], total: total + log });
        else walk([...tokens, token], total + log);
      });
    };
    walk([], 0);
    const best = all.reduce((a, b) => (b.total > a.total ? b : a));
    const found = translate(seq2seqOf(config), params, SOURCE, { length: 2, beams: 30 });
    expect(found.tokens).toEqual(best.tokens);
    expect(found.logProbability).toBeCloseTo(best.total, 4);
  });

  it.each(SEQ2SEQS)("gives all memory back, whatever comes of it: %s", (_, config) => {
    const model = seq2seqOf(config),
      params = stirredSeq2seq(config);
    expectNoLeak(() => void translate(model, params, SOURCE, { length: 4, beams: 3, weights: true }));
    expectNoLeak(() =>
      expect(() => translate(model, params, SOURCE, { length: 0 })).toThrow("beamSearch: length must be a whole number of at least 1, but is 0."),
    );
    const nothing = banned([0, 1, 2, 3, 4]);
    expectNoLeak(() => expect(() => translate(model, params, SOURCE, { length: 3, constraints: [nothing] })).toThrow("the filters ruled all out"));
  });
});

describe("translate", () => {
  const [, config] = SEQ2SEQS[0] as (typeof SEQ2SEQS)[number];

  beforeAll(async () => {
    await useBackend("simd");
  });

  it("never writes the mark of the start, unless it is that of the end", () => {
    const longest = (end: number) => {
      const one = { ...config, end };
      const model = seq2seqOf(one);
      let seen = false;
      for (let seed = 1; seed <= 30; seed++) {
        const { tokens, stopped } = translate(model, stirredSeq2seq(one, seed), SOURCE, { length: 5 });
        expect(tokens.includes(START)).toBe(false);
        seen ||= stopped;
      }
      return seen;
    };
    expect(longest(END)).toBe(true);
    expect(longest(START)).toBe(true);
  });

  it("takes filters, constraints and what else beam search does", () => {
    const params = stirredSeq2seq(config);
    const written = (options: object) => translate(seq2seqOf(config), params, SOURCE, { length: 4, ...options }).tokens;
    const [first] = written({});
    for (const rules of [{ filters: [banned([first as number])] }, { constraints: [banned([first as number, END])] }])
      expect(written(rules)).not.toContain(first);
    const told: string[] = [];
    written({ filters: [(_: Float32Array, previous: readonly number[]) => void told.push(previous.join())] });
    expect(told.slice(0, 2)).toEqual(["3", `3,${first}`]);
    expect(() => written({ beams: 3, groups: 2 })).toThrow("beams must divide into groups");
  });

  it("refuses no token, and one that the source's vocabulary lacks", () => {
    const params = seq2seqOf(config).init(key(1));
    const from = (source: number[]) => () => translate(seq2seqOf(config), params, source, { length: 3 });
    expect(from([])).toThrow(new RangeError("translate: there must be at least one token to read."));
    for (const token of [6, -1, 0.5]) expect(from([1, token])).toThrow(new RangeError(`translate: token ${token} is none of the source vocabulary's 0 to 5.`));
  });
});
