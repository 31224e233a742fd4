import { useBackend } from "@refrain/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS } from "@refrain-tests/checks";
import { frequencyParts } from "./frequency-parts.ts";
import { frequentClasses } from "./frequent-classes.ts";

const someCounts = fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }).filter((counts) => counts.some((count) => count > 0));
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("frequentClasses", () => {
  it("gives the fewest that make up the share, commonest first", () => {
    expect(frequentClasses([1, 5, 0, 3, 1])).toEqual([1]);
    expect(frequentClasses([1, 5, 0, 3, 1], 0.6)).toEqual([1, 3]);
    expect(frequentClasses(Int32Array.of(2, 2, 2, 2))).toEqual([0, 1]);
    expect(frequentClasses([0, 7])).toEqual([1]);
  });

  it("reaches the share, and would not without the last", () => {
    fc.assert(
      fc.property(someCounts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (counts, share) => {
        const frequent = frequentClasses(counts, share);
        const of = (classes: readonly number[]) => sum(classes.map((index) => counts[index] as number));
        expect(of(frequent)).toBeGreaterThanOrEqual(share * sum(counts));
        expect(of(frequent.slice(0, -1))).toBeLessThan(share * sum(counts));
        const rare = counts.filter((_, index) => !frequent.includes(index));
        expect(Math.max(...rare, 0)).toBeLessThanOrEqual(Math.min(...frequent.map((index) => counts[index] as number)));
      }),
    );
  });

  it("refuses a share out of range, and counts that tell nothing", () => {
    for (const share of [0, 1, Number.NaN]) expect(() => frequentClasses([1], share)).toThrow(`the share must be between 0 and 1, but is ${share}.`);
    expect(() => frequentClasses([0, 0])).toThrow("frequentClasses: no class comes even once.");
    for (const count of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => frequentClasses([1, count])).toThrow(`frequentClasses: counts must be numbers of 0 or more, but that of class 1 is ${count}.`);
  });
});

describe.each(BACKENDS)("frequencyParts on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("are 1 for the classes of each part", () => {
    const { frequent, rare } = frequencyParts([3, 1], 5);
    expect([...frequent.dataSync()]).toEqual([0, 1, 0, 1, 0]);
    expect([...rare.dataSync()]).toEqual([1, 0, 1, 0, 1]);
  });

  it("refuse what is no class", () => {
    for (const index of [-1, 5, 0.5])
      expect(() => frequencyParts([index], 5)).toThrow(`frequencyParts: a class must be a whole number from 0 to 4, but one is ${index}.`);
  });
});
