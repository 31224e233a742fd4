import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenCounts } from "./token-counts.ts";

describe("tokenCounts", () => {
  test("counts each token, and 0 for those that never come", () => {
    expect([...tokenCounts([2, 0, 2, 2], 5)]).toEqual([1, 0, 3, 0, 0]);
    expect([...tokenCounts([], 2)]).toEqual([0, 0]);
  });

  test("counts every token once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (tokens) => {
        const counts = tokenCounts(Int32Array.from(tokens), 10);
        expect(counts.reduce((a, b) => a + b)).toBe(tokens.length);
        counts.forEach((count, token) => expect(count).toBe(tokens.filter((other) => other === token).length));
      }),
    );
  });

  test("refuses what is no token of the vocabulary", () => {
    for (const token of [-1, 3, 1.5, Number.NaN])
      expect(() => tokenCounts([0, token], 3)).toThrow(`tokenCounts: every token must be a whole number from 0 to 2, but one is ${token}.`);
  });
});
