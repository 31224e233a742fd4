import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expFalling } from "./exp-falling.ts";

describe("expFalling", () => {
  it("is exp to 8e-9 of itself, down to where exp is next to nothing", () => {
    const close = (x: number) => {
      expect(Math.abs(expFalling(x) / Math.exp(x) - 1)).toBeLessThan(8e-9);
    };
    fc.assert(fc.property(fc.double({ min: -700, max: 0, noNaN: true }), close), { numRuns: 20_000 });
    for (let x = -2; x <= 0; x += 1 / 4096) close(x);
  });

  it("is 1 at 0, as good as 0 far below, and no number of none", () => {
    expect(expFalling(0)).toBe(1);
    for (const x of [-701, -1e30, Number.NEGATIVE_INFINITY]) expect(Math.fround(expFalling(x))).toBe(0);
    expect(expFalling(Number.NaN)).toBeNaN();
  });
});
