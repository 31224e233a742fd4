import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filtered, left, OUT, someLogits } from "./filters.test-helper.ts";
import { softmax } from "./softmax.ts";
import { typical } from "./typical.ts";

const shares = fc.double({ min: 0.01, max: 1, noNaN: true });

/** How far each token's surprise is from the entropy, in float64. */
function distances(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest)),
    sum = weights.reduce((a, b) => a + b);
  const surprise = Array.from(logits, (logit) => Math.log(sum) + largest - logit);
  const entropy = surprise.reduce((total, s, i) => (s === Number.POSITIVE_INFINITY ? total : total + (s * (weights[i] as number)) / sum), 0);
  return surprise.map((s) => Math.abs(s - entropy));
}

describe("typical", () => {
  it("keeps, as they were, the fewest tokens of the most expected surprise whose probabilities reach p", () => {
    fc.assert(
      fc.property(someLogits, shares, (logits, p) => {
        const after = filtered(typical(p), logits),
          kept = left(after),
          far = distances(logits),
          probabilities = softmax(logits);
        const sum = (tokens: number[]) => tokens.reduce((total, token) => total + (probabilities[token] as number), 0);
        expect(kept.length).toBeGreaterThan(0);
        for (const token of kept) expect(after[token]).toBe(logits[token]);
        expect(sum(kept)).toBeGreaterThanOrEqual(p - 1e-5);
        const farthest = kept.toSorted((a, b) => (far[b] as number) - (far[a] as number))[0] as number;
        if (p < 1) expect(sum(kept) - (probabilities[farthest] as number)).toBeLessThan(p + 1e-5);
        for (const token of left(logits)) if (!kept.includes(token)) expect(far[token]).toBeGreaterThanOrEqual((far[farthest] as number) - 1e-5);
      }),
    );
  });

  it("lets the likeliest token go where it says too little: a case worked out by hand", () => {
    // Surprises 0.69, 1.39, 2.08, 2.08; the entropy is 1.21, to which the second is nearest, then the first.
    const logits = Float32Array.from([0.5, 0.25, 0.125, 0.125], Math.log);
    expect(left(filtered(typical(0.2), logits))).toEqual([1]);
    expect(left(filtered(typical(0.7), logits))).toEqual([0, 1]);
    expect(left(filtered(typical(0.8), logits))).toEqual([0, 1, 2]);
  });

  it("keeps tokens that are all alike in their order, and every token at p = 1", () => {
    expect([...filtered(typical(0.5), Float32Array.of(2, 2, 2, 2, OUT))]).toEqual([2, 2, OUT, OUT, OUT]);
    fc.assert(
      fc.property(someLogits, (logits) => {
        expect(filtered(typical(1), logits)).toEqual(logits);
      }),
    );
  });

  it.each([0, -0.1, 1.1, Number.NaN])("refuses p = %d", (p) => {
    expect(() => typical(p)).toThrow(RangeError);
    expect(() => typical(p)).toThrow(`typical: p must be over 0 and at most 1, but is ${p}.`);
  });
});
