import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { banned } from "./banned.ts";
import { type BeamOptions, beamSearch, type Hypothesis } from "./beam-search.ts";
import { noRepeatNgram } from "./no-repeat-ngram.ts";
import { greedyText, noise, toyReader } from "./readers.test-helper.ts";
import type { Filter } from "./sampler.ts";
import { softmax } from "./softmax.ts";
import { temperature } from "./temperature.ts";

const PROMPT = [1, 0];

/** Runs a search and fails unless every place was given back, and no more were held than one over the beams. */
function search(logitsOf: (text: readonly number[]) => readonly number[], options: Partial<BeamOptions> & Pick<BeamOptions, "beams" | "length">): Hypothesis[] {
  const reader = toyReader(logitsOf);
  const found = beamSearch(reader, { prompt: PROMPT, ...options });
  expect(reader.held()).toBe(0);
  expect(reader.mostHeld()).toBeLessThanOrEqual(options.beams + 1);
  return found;
}

/** All texts there are, with their log-probabilities, in the order of their scores. */
function allTexts(
  logitsOf: (text: readonly number[]) => readonly number[],
  length: number,
  stop: readonly number[],
  alpha: number,
  filters: readonly Filter[],
) {
  const texts: { tokens: number[]; score: number; logProbability: number }[] = [];
  const grow = (tokens: number[], logProbability: number) => {
    if (tokens.length === length || stop.includes(tokens.at(-1) ?? -1)) {
      texts.push({ tokens, logProbability, score: logProbability / ((5 + tokens.length) / 6) ** alpha });
      return;
    }
    const logits = Float32Array.from(logitsOf([...PROMPT, ...tokens]));
    for (const filter of filters) filter(logits, [...PROMPT, ...tokens]);
    softmax(logits).forEach((p, token) => {
      if (p > 0) grow([...tokens, token], logProbability + Math.log(p));
    });
  };
  grow([], 0);
  return texts.toSorted((a, b) => b.score - a.score);
}

const models = fc.record({ classes: fc.integer({ min: 2, max: 4 }), length: fc.integer({ min: 1, max: 4 }), seed: fc.nat(10_000) });

describe("beamSearch", () => {
  it("with as many beams as there are texts finds what looking at all of them finds", () => {
    const filters: Filter[][] = [[], [temperature(2)], [banned([1])], [noRepeatNgram(2)]];
    fc.assert(
      fc.property(models, fc.constantFrom(0, 0.6, 1, -0.5), fc.boolean(), fc.constantFrom(...filters), ({ classes, length, seed }, alpha, stops, chosen) => {
        const logitsOf = (text: readonly number[]) => noise(text, classes, seed);
        const stop = stops ? [0] : [];
        const expected = allTexts(logitsOf, length, stop, alpha, chosen);
        const beams = classes ** length;
        const found = search(logitsOf, { beams, length, stop, lengthPenalty: alpha, filters: chosen, count: beams });
        expect(found.map(({ tokens }) => tokens.join())).toEqual(expected.map(({ tokens }) => tokens.join()));
        found.forEach(({ score, logProbability, stopped, tokens }, i) => {
          expect(score).toBeCloseTo(expected[i]?.score as number, 4);
          expect(logProbability).toBeCloseTo(expected[i]?.logProbability as number, 4);
          expect(stopped).toBe(stop.includes(tokens.at(-1) as number));
        });
      }),
      { numRuns: 60 },
    );
  });

  it("is greedy with one beam, whatever the length penalty", () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 1, 5), fc.boolean(), ({ classes, seed }, length, lengthPenalty, stops) => {
        const logitsOf = (text: readonly number[]) => noise(text, classes, seed);
        const stop = stops ? [0] : [];
        expect(search(logitsOf, { beams: 1, length, lengthPenalty, stop })[0]?.tokens).toEqual(greedyText(logitsOf, PROMPT, length, stop));
      }),
    );
  });

  it("finds what greed misses: a case worked out by hand", () => {
    // The likelier first token leads to a coin with three sides, the other to a certainty: 0.6 * 1/3 against 0.4 * 1.
    const logitsOf = (text: readonly number[]) => (text.length === 2 ? [Math.log(0.6), Math.log(0.4), -99] : text.at(-1) === 0 ? [0, 0, 0] : [-99, -99, 0]);
    expect(search(logitsOf, { beams: 1, length: 2 })[0]?.tokens).toEqual([0, 0]);
    const [best] = search(logitsOf, { beams: 2, length: 2 });
    expect(best?.tokens).toEqual([1, 2]);
    expect(best?.logProbability).toBeCloseTo(Math.log(0.4), 5);
  });

  it("ranks by the length penalty, which changes the winner in a case worked out by hand", () => {
    // Stop at once with 0.3, or three more tokens: 0.7 * 0.6 * 0.6 = 0.252 and then a sure stop.
    // ln 0.3 = -1.204, ln 0.252 = -1.378. At alpha = 1 they are divided by 6/6 and 9/6: -1.204 and -0.919.
    const logitsOf = (text: readonly number[]) =>
      [
        [0.3, 0.7, 0],
        [0.001, 0.6, 0.399],
        [0.001, 0.6, 0.399],
        [1, 0, 0],
      ][text.length - 2]?.map(Math.log) as number[];
    const shortFirst = search(logitsOf, { beams: 4, length: 9, stop: [0], count: 2 });
    expect(shortFirst.map(({ tokens }) => tokens)).toEqual([[0], [1, 1, 1, 0]]);
    const longFirst = search(logitsOf, { beams: 4, length: 9, stop: [0], lengthPenalty: 1 });
    expect(longFirst[0]?.tokens).toEqual([1, 1, 1, 0]);
    expect(longFirst[0]?.logProbability).toBeCloseTo(Math.log(0.252), 4);
    expect(longFirst[0]?.score).toBeCloseTo(Math.log(0.252) / 1.5, 4);
  });

  it("sets groups apart where diversity is asked for, and not where it is none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 8 }), fc.nat(10_000), (classes, seed) => {
        const logitsOf = (text: readonly number[]) => noise(text, classes, seed);
        const firsts = (diversity: number) => search(logitsOf, { beams: 3, groups: 3, diversity, length: 4, count: 3 }).map(({ tokens }) => tokens);
        const alike = firsts(0);
        expect(new Set(alike.map(String))).toEqual(new Set([greedyText(logitsOf, PROMPT, 4).join()]));
        // No logits are further apart than 6, so a loss of 100 never lets two groups take the same token at a step.
        const apart = firsts(100);
        for (let step = 0; step < 4; step++) expect(new Set(apart.map((tokens) => tokens[step])).size).toBe(3);
      }),
    );
  });

  it("lets each group keep beams of its own, and diversity be no part of the probability", () => {
    const logitsOf = (text: readonly number[]) => noise(text, 5, 7);
    const known = new Map(allTexts(logitsOf, 3, [], 0, []).map(({ tokens, logProbability }) => [tokens.join(), logProbability]));
    const found = search(logitsOf, { beams: 6, groups: 3, diversity: 0.7, length: 3, count: 6 });
    expect(found).toHaveLength(6);
    for (const { tokens, logProbability } of found) expect(logProbability).toBeCloseTo(known.get(tokens.join()) as number, 4);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  });

  it("tells filters all tokens so far, and lets constraints force without making what they force certain", () => {
    const logitsOf = () => [Math.log(0.7), Math.log(0.2), Math.log(0.1)];
    const seen = new Set<string>();
    const forceSecond: Filter = (logits, previous) => {
      seen.add(previous.join());
      if (previous.length === 3) logits.set([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 0);
    };
    expect(search(logitsOf, { beams: 1, length: 2, filters: [forceSecond] })[0]?.logProbability).toBeCloseTo(Math.log(0.7), 5);
    expect(search(logitsOf, { beams: 1, length: 2, constraints: [forceSecond] })[0]?.logProbability).toBeCloseTo(Math.log(0.7 * 0.1), 5);
    expect([...seen]).toEqual(["1,0", "1,0,0"]);
  });

  it("reads no more than it must: nothing after the last token, nor after a stop", () => {
    const reader = toyReader(() => [0, -1]);
    beamSearch(reader, { prompt: PROMPT, beams: 1, length: 3 });
    expect(reader.readings()).toBe(3);
    beamSearch(reader, { prompt: PROMPT, beams: 1, length: 9, stop: [0] });
    expect(reader.readings()).toBe(4);
  });

  it("gives every place back when something fails on the way", () => {
    const reader = toyReader((text) => {
      if (text.length === 5) throw new Error("no more");
      return [0, 1, 2];
    });
    expect(() => beamSearch(reader, { prompt: PROMPT, beams: 3, length: 9 })).toThrow("no more");
    expect(reader.held()).toBe(0);
    const strict: Filter = (_, previous) => {
      if (previous.length === 4) throw new Error("not that");
    };
    expect(() => beamSearch(reader, { prompt: PROMPT, beams: 2, length: 9, filters: [strict] })).toThrow("not that");
    expect(() => beamSearch(reader, { prompt: PROMPT, beams: 2, length: 9, filters: [banned([0, 1, 2])] })).toThrow(/one token at least must remain/);
    expect(reader.held()).toBe(0);
  });

  it.each([
    [{ beams: 0 }, /beams must be a whole number of at least 1, but is 0/],
    [{ length: 1.5 }, /length must be a whole number of at least 1, but is 1.5/],
    [{ groups: 0 }, /groups must be a whole number/],
    [{ count: 5 }, /4 beams find at most 4 texts, but 5 are to be given back/],
    [{ groups: 3 }, /4 beams and 3 groups/],
    [{ diversity: 1 }, /there is one group/],
    [{ groups: 2, diversity: -1 }, /diversity must be a finite number of at least 0, but is -1/],
    [{ lengthPenalty: Number.NaN }, /lengthPenalty must be a finite number, but is NaN/],
  ])("refuses %j", (wrong, message) => {
    const reader = toyReader(() => [0, 1]);
    expect(() => beamSearch(reader, { prompt: PROMPT, beams: 4, length: 2, ...wrong })).toThrow(message);
    expect(() => beamSearch(reader, { prompt: PROMPT, beams: 4, length: 2, ...wrong })).toThrow(RangeError);
    expect(reader.readings()).toBe(0);
  });
});
