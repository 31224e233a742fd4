import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponentOf, growthOf, type Points } from "./fit.ts";

const LENGTHS = [16, 64, 256, 1024, 4096];

const curve = (f: (x: number) => number): Points => LENGTHS.map((x) => [x, f(x)]);

describe("exponentOf", () => {
  it("finds the exponent of a power", () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (p, b) => {
        expect(exponentOf(curve((x) => b * x ** p))).toBeCloseTo(p, 6);
      }),
    );
  });

  it("is 0 of what is flat", () => expect(exponentOf(curve(() => 7))).toBeCloseTo(0, 12));
});

describe("growthOf", () => {
  it("finds how a quantity grows beyond a constant", () => {
    for (const exponent of [0.5, 1, 2]) expect(growthOf(curve((x) => 200 + 0.3 * x ** exponent))).toBeCloseTo(exponent, 2);
  });

  it("finds a power without a constant", () => expect(growthOf(curve((x) => 3 * x))).toBeCloseTo(1, 2));

  it("stays near in noise", () => {
    const noise = [1.03, 0.97, 1.02, 0.98, 1.01];
    expect(growthOf(LENGTHS.map((x, i) => [x, (100 + 0.5 * x) * (noise[i] as number)]))).toBeCloseTo(1, 0);
  });
});
