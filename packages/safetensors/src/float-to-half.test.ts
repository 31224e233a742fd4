import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatToHalf } from "./float-to-half.ts";
import { halfToFloat } from "./half-to-float.ts";

const words = Array.from({ length: 0x10000 }, (_, word) => word);
const isNaNWord = (word: number) => (word & 0x7fff) > 0x7c00;

describe("floatToHalf", () => {
  it("gives back every one of the 65,536 halves", () => {
    expect(words.filter((word) => !isNaNWord(word) && floatToHalf(halfToFloat(word)) !== word)).toEqual([]);
    expect(words.filter((word) => isNaNWord(word) && floatToHalf(halfToFloat(word)) !== 0x7e00)).toEqual([]);
  });

  it("rounds halfway between any two neighbours to the even one, and to the nearer beside it", () => {
    for (let word = 0; word < 0x7c00; word++) {
      const [below, above] = [halfToFloat(word), word === 0x7bff ? 65536 : halfToFloat(word + 1)];
      const middle = (below + above) / 2;
      const found = [middle * (1 - 2 ** -30), middle, middle * (1 + 2 ** -30)].map(floatToHalf);
      expect(found, `after ${below}`).toEqual([word, word + (word & 1), word + 1]);
      expect(floatToHalf(-middle)).toBe(0x8000 | (word + (word & 1)));
    }
  });

  it("gives the nearest half of any float", () => {
    const halves = words.filter((word) => word < 0x7c00).map(halfToFloat);
    fc.assert(
      fc.property(fc.oneof(fc.float({ min: -65504, max: 65504, noNaN: true }), fc.float({ min: -1, max: 1, noNaN: true })), (value) => {
        const word = floatToHalf(value);
        const off = Math.abs(halfToFloat(word) - value);
        const size = Math.abs(value);
        for (const place of [(word & 0x7fff) - 1, (word & 0x7fff) + 1])
          expect(off).toBeLessThanOrEqual(Math.abs((halves[place] ?? Number.POSITIVE_INFINITY) - size));
        expect(word & 0x8000).toBe(value < 0 || Object.is(value, -0) ? 0x8000 : 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("ends where halves do", () => {
    const ends = [65504, 65519.99, 65520, 1e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** -25, 2 ** -25 * 1.0001, -(2 ** -149)];
    expect(ends.map(floatToHalf)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 0, 1, 0x8000]);
  });
});
