import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { banned } from "./banned.ts";
import { filtered, left, OUT } from "./filters.test-helper.ts";
import { greedy } from "./greedy.ts";
import { softmax } from "./softmax.ts";
import { topK } from "./top-k.ts";
import { topP } from "./top-p.ts";

/** Steps of a hundredth, so that what differs as a logit differs as a probability too. */
const number = fc.oneof(
  fc.integer({ min: -900, max: 900 }).map((hundredths) => hundredths / 100),
  fc.integer({ min: -2, max: 2 }),
  fc.constant(OUT),
);
const logits = fc
  .array(number, { minLength: 1, maxLength: 30 })
  .filter((values) => values.some(Number.isFinite))
  .map((values) => Float32Array.from(values));

/** Fails unless what remains is as it was, and no token that went out is likelier than one that remained. */
function expectBest(before: Float32Array, after: Float32Array): void {
  const kept = left(after),
    out = left(before).filter((token) => !kept.includes(token));
  for (const token of kept) expect(after[token]).toBe(before[token]);
  expect(Math.max(OUT, ...out.map((token) => before[token] as number))).toBeLessThanOrEqual(Math.min(...kept.map((token) => before[token] as number)));
}

describe("topK", () => {
  it("keeps the k most likely tokens, and those alike to the last of them", () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 40 }), (values, k) => {
        const after = filtered(topK(k), values);
        expectBest(values, after);
        const sorted = [...values].sort((a, b) => b - a),
          least = sorted[Math.min(k, sorted.length) - 1] as number;
        expect(left(after)).toEqual(left(values).filter((token) => (values[token] as number) >= least));
      }),
    );
  });

  it("keeps only the most likely token for k = 1", () => {
    expect([...filtered(topK(1), Float32Array.of(1, 3, 2))]).toEqual([OUT, 3, OUT]);
    expect([...filtered(topK(2), Float32Array.of(1, 3, 2, 2))]).toEqual([OUT, 3, 2, 2]);
  });

  it("counts no token whose logit is NaN", () => {
    expect(left(filtered(topK(1), Float32Array.of(0, Number.NaN, 1)))).not.toContain(0);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses k = %d", (k) => {
    expect(() => topK(k)).toThrow(`topK: k must be a whole number of at least 1, but is ${k}.`);
  });
});

describe("topP", () => {
  it("keeps the fewest most likely tokens whose probabilities reach p", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const after = filtered(topP(p), values),
          shares = softmax(values),
          kept = left(after);
        expectBest(values, after);
        expect(kept.length).toBeGreaterThan(0);
        const sum = kept.reduce((total, token) => total + (shares[token] as number), 0);
        expect(sum).toBeGreaterThanOrEqual(p - 1e-6);
        expect(sum - Math.min(...kept.map((token) => shares[token] as number))).toBeLessThan(p + 1e-6);
      }),
    );
  });

  it("keeps the most likely token however small p is", () => {
    fc.assert(
      fc.property(logits, (values) => {
        expect(left(filtered(topP(1e-9), values))).toEqual([greedy(values)]);
      }),
    );
  });

  it("keeps every token that counts at p = 1", () => {
    expect([...filtered(topP(1), Float32Array.of(0, 3, OUT, 1))]).toEqual([0, 3, OUT, 1]);
  });

  it("keeps every token at p = 1, the rare ones too", () => {
    expect([...filtered(topP(1), Float32Array.of(0, -20, -21))]).toEqual([0, -20, -21]);
  });

  it.each([0, -0.1, 1.1, Number.NaN])("refuses p = %d", (p) => {
    expect(() => topP(p)).toThrow(`topP: p must be over 0 and at most 1, but is ${p}.`);
  });
});

describe("banned", () => {
  it("rules out these tokens and leaves the others as they were", () => {
    expect([...filtered(banned([0, 2]), Float32Array.of(5, 6, 7, 8))]).toEqual([OUT, 6, OUT, 8]);
    expect([...filtered(banned([]), Float32Array.of(5, 6))]).toEqual([5, 6]);
  });

  it.each([2, -1, 0.5])("refuses a token that there is not: %d", (token) => {
    expect(() => banned([token])(Float32Array.of(5, 6), [])).toThrow(`banned: ${token} is none of the 2 tokens.`);
  });
});

describe("greedy", () => {
  it("takes the most likely token, the first of several", () => {
    fc.assert(
      fc.property(logits, (values) => {
        expect(greedy(values)).toBe(values.indexOf(Math.max(...values)));
      }),
    );
    expect(greedy(Float32Array.of(1, 7, 7))).toBe(1);
  });

  it("never takes NaN where there is anything else, be it minus infinity", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(number, fc.constant(Number.NaN)), { minLength: 1 }).filter((values) => values.some((z) => !Number.isNaN(z))),
        (values) => {
          const best = values[greedy(Float32Array.from(values))] as number;
          expect(Math.fround(best)).toBe(Math.fround(Math.max(...values.filter((z) => !Number.isNaN(z)))));
        },
      ),
    );
  });
});

describe("softmax", () => {
  it("gives probabilities that sum to 1, and leaves the logits alone", () => {
    fc.assert(
      fc.property(logits, (values) => {
        const before = values.slice(),
          p = softmax(values);
        expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        expect(left(values).every((token) => (p[token] as number) >= 0)).toBe(true);
        expect([...p].every((share, token) => values[token] !== OUT || share === 0)).toBe(true);
        expect(values).toEqual(before);
      }),
    );
  });

  it("stays finite for logits of any size", () => {
    expect([...softmax(Float32Array.of(1e30, -1e30, 1e30))]).toEqual([0.5, 0, 0.5]);
  });
});
