import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { banned } from "./banned.ts";
import { type ContrastiveOptions, contrastiveSearch } from "./contrastive-search.ts";
import { greedyText, noise, toyReader } from "./readers.test-helper.ts";
import { softmax } from "./softmax.ts";

const PROMPT = [1, 0];

/** Runs a search to its end and fails unless every place was given back, and only the candidates were held beside the text. */
function search(logitsOf: (text: readonly number[]) => readonly number[], hiddenOf: typeof logitsOf, options: Omit<ContrastiveOptions, "prompt">): number[] {
  const reader = toyReader(logitsOf, hiddenOf);
  const found = [...contrastiveSearch(reader, { prompt: PROMPT, ...options })];
  expect(reader.held()).toBe(0);
  expect(reader.mostHeld()).toBeLessThanOrEqual(3);
  return found;
}

const models = fc.record({ classes: fc.integer({ min: 2, max: 6 }), seed: fc.nat(10_000) });
const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe("contrastiveSearch", () => {
  it("is greedy at alpha = 0, and at k = 1", () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 8 }), fc.boolean(), ({ classes, seed }, length, k, stops) => {
        const logitsOf = (text: readonly number[]) => noise(text, classes, seed);
        const hiddenOf = (text: readonly number[]) => noise(text, 3, seed + 1);
        const stop = stops ? [0] : [];
        const greedy = greedyText(logitsOf, PROMPT, length, stop);
        expect(search(logitsOf, hiddenOf, { k, alpha: 0, length, stop })).toEqual(greedy);
        expect(search(logitsOf, hiddenOf, { k: 1, alpha: 0.6, length, stop })).toEqual(greedy);
      }),
    );
  });

  it("is the paper's choice at each step, written out", () => {
    fc.assert(
      fc.property(models, fc.integer({ min: 2, max: 5 }), fc.double({ min: 0.1, max: 1, noNaN: true }), ({ classes, seed }, k, alpha) => {
        const logitsOf = (text: readonly number[]) => noise(text, classes, seed);
        const hiddenOf = (text: readonly number[]) => noise(text, 3, seed + 1);
        const text = [...PROMPT];
        for (let step = 0; step < 5; step++) {
          const probabilities = softmax(Float32Array.from(logitsOf(text)));
          const candidates = [...probabilities.keys()].sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number)).slice(0, k);
          const worth = (token: number) => {
            const likeness = text.map((_, j) => cosine(hiddenOf([...text, token]), hiddenOf(text.slice(0, j + 1))));
            return (1 - alpha) * (probabilities[token] as number) - alpha * Math.max(...likeness);
          };
          text.push(candidates.reduce((best, token) => (worth(token) > worth(best) ? token : best)));
        }
        expect(search(logitsOf, hiddenOf, { k, alpha, length: 5 })).toEqual(text.slice(PROMPT.length));
      }),
    );
  });

  it("turns away from what was said: a case worked out by hand", () => {
    // Token 2 is a little less likely than 1, but its hidden state is at a right angle to those of 0 and 1.
    const logitsOf = () => [-9, Math.log(0.55), Math.log(0.45)];
    const hiddenOf = (text: readonly number[]) => (text.at(-1) === 2 ? [0, 2] : [3, 0]);
    // (1 - a) 0.55 - a against (1 - a) 0.45: they are alike at a = 0.1 / 1.1 = 0.0909.
    expect(search(logitsOf, hiddenOf, { k: 2, alpha: 0.08, length: 1 })).toEqual([1]);
    expect(search(logitsOf, hiddenOf, { k: 2, alpha: 0.1, length: 1 })).toEqual([2]);
  });

  it("takes a hidden state of zeros for like nothing", () => {
    const hiddenOf = (text: readonly number[]) => (text.at(-1) === 0 ? [0, 0] : [1, 1]);
    expect(search(() => [0, 1], hiddenOf, { k: 2, alpha: 1, length: 3 })).toEqual([0, 0, 0]);
  });

  it("applies filters, telling them all tokens so far", () => {
    const told: string[] = [];
    const watch = (_: Float32Array, previous: readonly number[]) => void told.push(previous.join());
    const hiddenOf = (text: readonly number[]) => noise(text, 3);
    expect(search(() => [3, 2, 1], hiddenOf, { k: 3, alpha: 0, length: 2, filters: [banned([0]), watch] })).toEqual([1, 1]);
    expect(told).toEqual(["1,0", "1,0,1"]);
  });

  it("gives every place back when nobody takes more tokens, and when something fails", () => {
    const reader = toyReader(
      (text) => noise(text, 4),
      (text) => noise(text, 3),
    );
    let taken = 0;
    for (const _ of contrastiveSearch(reader, { prompt: PROMPT, k: 3, alpha: 0.5 })) if (++taken === 4) break;
    expect(reader.held()).toBe(0);
    expect(() => [...contrastiveSearch(reader, { prompt: PROMPT, k: 3, alpha: 0.5, filters: [banned([0, 1, 2, 3])] })]).toThrow(
      /one token at least must remain/,
    );
    expect(() => [...contrastiveSearch(reader, { prompt: [], k: 3, alpha: 0.5 })]).toThrow(/the prompt must have at least one token/);
    expect(reader.held()).toBe(0);
    const blind = toyReader((text) => noise(text, 4));
    expect(() => [...contrastiveSearch(blind, { prompt: PROMPT, k: 3, alpha: 0.5 })]).toThrow(/must give hidden states/);
    expect(blind.held()).toBe(0);
  });

  it.each([
    [{ k: 0 }, /k must be a whole number of at least 1, but is 0/],
    [{ alpha: -0.1 }, /alpha must be from 0 to 1, but is -0.1/],
    [{ alpha: Number.NaN }, /alpha must be from 0 to 1, but is NaN/],
  ])("refuses %j", (wrong, message) => {
    const reader = toyReader(() => [0, 1]);
    expect(() => contrastiveSearch(reader, { prompt: PROMPT, k: 2, alpha: 0.5, ...wrong }).next()).toThrow(message);
    expect(reader.readings()).toBe(0);
  });
});
