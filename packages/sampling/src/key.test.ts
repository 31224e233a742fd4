import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldIn, generator, key, type Key, normal, split, uniform } from "./key.ts";

const seeds = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
const meanOf = (values: ArrayLike<number>, f = (x: number) => x): number => Array.from(values).reduce((sum, x) => sum + f(x), 0) / values.length;

describe("key", () => {
  it("gives the same numbers for the same seed, also after a trip through JSON", () => {
    fc.assert(
      fc.property(seeds, fc.nat(40), (seed, length) => {
        const saved = JSON.parse(JSON.stringify(key(seed))) as Key;
        expect(uniform(saved, length)).toEqual(uniform(key(seed), length));
        expect(normal(saved, length)).toEqual(normal(key(seed), length));
      }),
    );
  });

  it("gives other numbers for another seed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 31 }), { minLength: 2, maxLength: 2 }), ([a, b]) => {
        expect(uniform(key(a as number), 4)).not.toEqual(uniform(key(b as number), 4));
      }),
    );
  });

  it("is not changed by drawing from it", () => {
    const parent = key(3),
      before = [...parent];
    uniform(parent, 10);
    split(parent, 10);
    expect(parent).toEqual(before);
  });

  it("keeps its streams from version to version, so that saved keys go on", () => {
    const saved = key(42);
    expect(saved).toEqual([-2068629186, -783872607, -519149762, -1425556376]);
    expect(uniform(saved, 3)).toEqual(Float32Array.of(0.48557722568511963, 0.13172543048858643, 0.6197506189346313));
    expect(normal(saved, 3)).toEqual(Float32Array.of(0.7801277041435242, 0.8490114212036133, 1.2240805625915527));
    expect(split(saved)).toEqual([
      [344543060, 1254416244, -988160301, 616195640],
      [-1491167545, -1081602649, -1214274200, 2141302784],
    ]);
  });

  it("spreads the first numbers of neighbouring seeds over the whole range", () => {
    for (let place = 0; place < 4; place++) {
      const values = Array.from({ length: 1000 }, (_, seed) => uniform(key(seed), 4)[place] as number);
      expect(Math.abs(meanOf(values) - 0.5), `number ${place}`).toBeLessThan(0.05);
      expect(Math.abs(meanOf(values, (x) => (x - 0.5) ** 2) - 1 / 12), `number ${place}`).toBeLessThan(0.02);
    }
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 31) - 1])("refuses the seed %d and says what a seed is", (seed) => {
    expect(() => key(seed)).toThrow(RangeError);
    expect(() => key(seed)).toThrow(`key(${seed}): a seed is a whole number from -2147483648 to 4294967295.`);
  });
});

describe("split", () => {
  it("gives children that differ from each other, from their parent and from their own children", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const children = split(key(seed), 16);
        const family = [key(seed), ...children, ...children.flatMap((child) => split(child, 4))];
        expect(new Set(family.map((member) => member.join())).size).toBe(family.length);
        expect(new Set(family.map((member) => uniform(member, 4).join())).size).toBe(family.length);
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same first children however many are asked for, each by its index", () => {
    expect(split(key(1), 5).slice(0, 2)).toEqual(split(key(1)));
    expect(split(key(1), 5)[4]).toEqual(foldIn(key(1), 4));
  });

  it("gives children whose numbers do not hang together", () => {
    const [a, b] = split(key(5)).map((child) => uniform(child, 20_000, -1, 1)) as [Float32Array, Float32Array];
    expect(Math.abs(meanOf(a.map((x, i) => x * (b[i] as number))))).toBeLessThan(0.01);
  });
});

describe("uniform", () => {
  it("stays in its range", () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0.1, max: 10, noNaN: true }), (seed, low, span) => {
        const values = uniform(key(seed), 50, low, low + span);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(low));
        expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(low + span));
      }),
    );
  });

  it("never gives 1, however close the draw", () => {
    const nearest: Key = [0, -1, 0, 0];
    expect(generator(nearest)()).toBe(1 - 2 ** -24);
    expect(uniform(nearest, 1)[0]).toBeLessThan(1);
  });

  it.each([1, 2, 3])("has the mean and the variance of its range (seed %d)", (seed) => {
    const values = uniform(key(seed), 50_000, 2, 6);
    expect(meanOf(values)).toBeCloseTo(4, 1);
    expect(meanOf(values, (x) => (x - 4) ** 2)).toBeCloseTo(16 / 12, 1);
    expect(Math.min(...values)).toBeLessThan(2.01);
    expect(Math.max(...values)).toBeGreaterThan(5.99);
  });

  it("fills every tenth of its range alike", () => {
    const counts = new Array<number>(10).fill(0);
    for (const x of uniform(key(9), 50_000)) counts[Math.floor(x * 10)] = (counts[Math.floor(x * 10)] as number) + 1;
    // Chi squared with 9 degrees of freedom: over 27.9 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)).toBeLessThan(27.9);
  });
});

describe("normal", () => {
  it.each([1, 2, 3])("has the moments of a normal distribution (seed %d)", (seed) => {
    const values = normal(key(seed), 50_000, 1, 3);
    const scores = values.map((x) => (x - 1) / 3);
    expect(Math.abs(meanOf(scores))).toBeLessThan(0.02);
    expect(Math.abs(meanOf(scores, (x) => x ** 2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(meanOf(scores, (x) => x ** 3))).toBeLessThan(0.06);
    expect(Math.abs(meanOf(scores, (x) => x ** 4) - 3)).toBeLessThan(0.2);
  });

  it("gives finite numbers and begins alike whatever the length", () => {
    fc.assert(
      fc.property(seeds, fc.nat(9), (seed, length) => {
        const values = normal(key(seed), length);
        expect(values.every(Number.isFinite)).toBe(true);
        expect(values).toEqual(normal(key(seed), 10).slice(0, length));
      }),
    );
  });
});

describe("generator", () => {
  it("goes on for ever in [0, 1)", () => {
    const random = generator(key(8));
    const values = Array.from({ length: 10_000 }, random);
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(new Set(values).size).toBeGreaterThan(9_990);
  });
});

describe("the first number of a stream", () => {
  it("is spread over all of [0, 1) for the smallest seeds", () => {
    const firsts = Array.from({ length: 200 }, (_, seed) => generator(key(seed))());
    const tenths = new Set(firsts.map((first) => Math.floor(first * 10)));
    expect(tenths.size).toBe(10);
    expect(firsts.reduce((sum, first) => sum + first, 0) / firsts.length).toBeCloseTo(0.5, 1);
  });
});
