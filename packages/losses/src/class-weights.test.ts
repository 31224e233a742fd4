import { useBackend } from "@refrain/core";
import { tensor1d } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { classWeights } from "./class-weights.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { focalLoss } from "./focal-loss.ts";

const someCounts = fc.array(fc.nat(5000), { minLength: 1, maxLength: 30 }).filter((counts) => counts.some((count) => count > 0));
const betas = fc.constantFrom(0, 0.5, 0.9, 0.999, 0.99999, 1);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("classWeights", () => {
  it("are the inverse of the effective numbers, but for a factor", () => {
    const effective = (n: number) => (1 - 0.9 ** n) / (1 - 0.9);
    const [one, two, many] = classWeights([1, 2, 1000], { beta: 0.9 }) as unknown as [number, number, number];
    expect(one / two).toBeCloseTo(effective(2) / effective(1), 5);
    expect(one / many).toBeCloseTo(10, 5);
  });

  it("are the inverse of the counts at beta 1, and all 1 at beta 0", () => {
    expectClose(classWeights([1, 2, 5], { beta: 1 }), [8 / 3, 8 / 6, 8 / 15]);
    expectClose(classWeights([1, 2, 5], { beta: 0 }), [1, 1, 1]);
  });

  it("use beta 0.9 where none is given", () => {
    expect(classWeights([1, 20, 300])).toEqual(classWeights([1, 20, 300], { beta: 0.9 }));
  });

  it("have the mean 1 over the corpus, or over the classes", () => {
    fc.assert(
      fc.property(someCounts, betas, (counts, beta) => {
        const overCorpus = sum([...classWeights(counts, { beta })].map((weight, i) => weight * (counts[i] as number))) / sum(counts);
        expect(overCorpus).toBeCloseTo(1, 4);
        expect(sum([...classWeights(counts, { beta, mean: "classes" })]) / counts.length).toBeCloseTo(1, 4);
      }),
    );
  });

  it("weigh what comes more often no more, and what never comes as what comes once", () => {
    fc.assert(
      fc.property(someCounts, betas, (counts, beta) => {
        const weights = classWeights([...counts, 0, 1], { beta });
        const ordered = [...counts.keys()].toSorted((a, b) => (counts[a] as number) - (counts[b] as number)).map((i) => weights[i] as number);
        expect(ordered).toEqual(ordered.toSorted((a, b) => b - a));
        expect(weights.at(-2)).toBe(weights.at(-1));
        expect(weights.every((weight) => weight > 0 && Number.isFinite(weight))).toBe(true);
      }),
    );
  });

  it("refuse a beta out of range, and counts that tell nothing", () => {
    for (const beta of [-0.1, 1.1, Number.NaN]) expect(() => classWeights([1], { beta })).toThrow(`classWeights: beta must be from 0 to 1, but is ${beta}.`);
    expect(() => classWeights([0, 0])).toThrow("classWeights: no class comes even once.");
    expect(() => classWeights([1, -1])).toThrow("classWeights: counts must be numbers of 0 or more, but that of class 1 is -1.");
  });
});

describe.each(BACKENDS)("losses with class weights on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("count every class alike at beta 1, however often each comes", () => {
    const logits = some([4, 2], 1),
      labels = [0, 0, 0, 1];
    const weights = tensor1d(classWeights([3, 1], { beta: 1 }));
    const of = (rows: number[]) => rows.map((row) => lossOfRow(logits.dataSync().slice(2 * row, 2 * row + 2), labels[row] as number));
    const expected = (sum(of([0, 1, 2])) / 3 + sum(of([3]))) / 2;
    expectClose(crossEntropy(logits, tensor1d(labels, "int32"), { weights }).dataSync(), [expected]);
    expectClose(focalLoss(logits, tensor1d(labels, "int32"), { weights, gamma: 0 }).dataSync(), [expected]);
  });
});

function lossOfRow(z: ArrayLike<number>, label: number): number {
  const logits = Array.from(z);
  return Math.log(sum(logits.map(Math.exp))) - (logits[label] as number);
}
