import { useBackend } from "@refrain/core";
import { tensor1d, tensor2d, tensor3d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { accuracy, countCorrect } from "./accuracy.ts";
import { bitsPerCharacter } from "./bits-per-character.ts";
import { BACKENDS, expectNoLeak, some } from "@refrain-tests/checks";
import { distinct } from "./distinct.ts";
import { frequencyParts } from "./frequency-parts.ts";
import { perplexity } from "./perplexity.ts";

const int = (labels: number[]) => tensor1d(labels, "int32");

describe.each(BACKENDS)("accuracy on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const LOGITS = [
    [1, 3, 2],
    [5, 0, 0],
    [0, 0, 1],
    [9, 1, 1],
  ];

  it("is the share of labels that the largest logit names", () => {
    expect(accuracy(tensor2d(LOGITS), int([1, 0, 0, 0])).dataSync()[0]).toBe(0.75);
    expect(accuracy(tensor2d(LOGITS), int([0, 1, 0, 1])).dataSync()[0]).toBe(0);
  });

  it("ignores labels that are no classes, in both counts", () => {
    const { correct, total } = countCorrect(tensor2d(LOGITS), int([1, -100, 0, 3]));
    expect([correct.dataSync()[0], total.dataSync()[0]]).toEqual([1, 2]);
    expect(accuracy(tensor2d(LOGITS), int([1, -100, 0, 3])).dataSync()[0]).toBe(0.5);
  });

  it("is 0 where every label is ignored", () => {
    expect(accuracy(tensor2d(LOGITS), int([-1, -1, 3, -100])).dataSync()[0]).toBe(0);
  });

  it("takes any rank, and the first of logits that are alike", () => {
    expect(accuracy(tensor3d([1, 1, 0, 2], [1, 2, 2]), tensor2d([[0, 1]], [1, 2], "int32")).dataSync()[0]).toBe(1);
  });

  it("counts the labels of parts of the classes apart", () => {
    const parts = frequencyParts([0, 2], 3);
    const hits = countCorrect(tensor2d(LOGITS), int([1, 0, 1, -100]), parts);
    const counts = Object.fromEntries(Object.entries(hits).map(([name, count]) => [name, count.dataSync()[0]]));
    expect(counts).toEqual({ correct: 2, total: 3, "correct.frequent": 1, "total.frequent": 1, "correct.rare": 1, "total.rare": 2 });
  });

  it("counts every label in just one of the parts by frequency", () => {
    const labels = fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(labels, fc.uniqueArray(fc.nat(4)), fc.nat(1000), (given, frequent, seed) =>
        tidy(() => {
          const hits = countCorrect(some([given.length, 5], seed), int(given), frequencyParts(frequent, 5));
          const count = (name: "correct" | "total", part: string) => hits[`${name}.${part}`]?.dataSync()[0] as number;
          for (const name of ["correct", "total"] as const) expect(count(name, "frequent") + count(name, "rare")).toBe(hits[name].dataSync()[0]);
          expect(count("total", "frequent")).toBe(given.filter((label) => frequent.includes(label)).length);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("takes parts with labels of any rank, and refuses parts of another number of classes", () => {
    const logits = tensor3d([1, 1, 0, 2], [1, 2, 2]),
      labels = tensor2d([[0, 1]], [1, 2], "int32");
    expect(countCorrect(logits, labels, frequencyParts([1], 2))["total.rare"]?.dataSync()[0]).toBe(1);
    expect(() => countCorrect(logits, labels, frequencyParts([1], 3))).toThrow("one weight for each of the 2 classes must be given");
  });

  it("leaves only what it hands out", () => {
    const logits = some([4, 3], 1),
      labels = int([0, 1, 2, -1]);
    expectNoLeak(() => accuracy(logits, labels).dispose());
    expectNoLeak(() => {
      for (const count of Object.values(countCorrect(logits, labels))) count.dispose();
    });
    const parts = frequencyParts([1], 3);
    expectNoLeak(() => {
      for (const count of Object.values(countCorrect(logits, labels, parts))) count.dispose();
    });
  });

  it("refuses labels of another shape, which broadcasting would count many times", () => {
    expect(() => accuracy(zeros([4, 3]), int([0]))).toThrow();
  });
});

describe("perplexity and bits per character", () => {
  it("are among how many, and how many yes-or-no questions, the model has to choose", () => {
    expect(perplexity(Math.log(50))).toBeCloseTo(50, 10);
    expect(perplexity(0)).toBe(1);
    expect(bitsPerCharacter(Math.log(8))).toBeCloseTo(3, 10);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 20, noNaN: true }), (loss) => {
        expect(2 ** bitsPerCharacter(loss) / perplexity(loss)).toBeCloseTo(1, 8);
      }),
    );
  });
});

describe("distinct", () => {
  it("is the share of different n-grams", () => {
    expect(distinct([..."abab"], 1)).toBe(0.5);
    expect(distinct([..."abab"], 2)).toBeCloseTo(2 / 3);
    expect(distinct([..."abab"], 3)).toBe(1);
    expect(distinct(["ab", "c", "a", "bc"], 2)).toBe(1);
  });

  it("is 0 for a text shorter than n, 1 / tokens for one token again and again", () => {
    expect(distinct([], 1)).toBe(0);
    expect(distinct(["a"], 2)).toBe(0);
    expect(distinct(new Array(10).fill("a"), 1)).toBe(0.1);
  });

  it("lies over 0 and at most at 1, and is 1 for tokens that never come back", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 }), { minLength: 1 }), fc.integer({ min: 1, max: 4 }), (tokens, n) => {
        if (tokens.length < n) return;
        expect(distinct(tokens, n)).toBeGreaterThan(0);
        expect(distinct(tokens, n)).toBeLessThanOrEqual(1);
        expect(distinct([...new Set(tokens)], 1)).toBe(1);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses n-grams of %d", (n) => {
    expect(() => distinct(["a"], n)).toThrow(`distinct: n must be a whole number of at least 1, but is ${n}.`);
  });
});
