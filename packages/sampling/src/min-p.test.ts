import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filtered, left, OUT, someLogits } from "./filters.test-helper.ts";
import { greedy } from "./greedy.ts";
import { minP } from "./min-p.ts";
import { softmax } from "./softmax.ts";

const shares = fc.double({ min: 0, max: 1, noNaN: true });

describe("minP", () => {
  it("keeps, as they were, the tokens at least p times as likely as the likeliest", () => {
    fc.assert(
      fc.property(someLogits, shares, (logits, p) => {
        const after = filtered(minP(p), logits),
          probabilities = softmax(logits);
        const least = p * Math.max(...probabilities);
        for (const token of left(logits)) {
          const probability = probabilities[token] as number;
          if (probability > least * (1 + 1e-5)) expect(after[token]).toBe(logits[token]);
          if (probability < least * (1 - 1e-5)) expect(after[token]).toBe(OUT);
        }
      }),
    );
  });

  it("always keeps the likeliest, and at p = 1 only those as likely", () => {
    fc.assert(
      fc.property(someLogits, shares, (logits, p) => {
        expect(left(filtered(minP(p), logits))).toContain(greedy(logits));
      }),
    );
    expect([...filtered(minP(1), Float32Array.of(3, 2.999, 3))]).toEqual([3, OUT, 3]);
  });

  it("changes nothing at p = 0, and nothing more when it is applied again", () => {
    fc.assert(
      fc.property(someLogits, shares, (logits, p) => {
        expect(filtered(minP(0), logits)).toEqual(logits);
        const once = filtered(minP(p), logits);
        expect(filtered(minP(p), once)).toEqual(once);
      }),
    );
  });

  it("does not mind where the logits' zero lies", () => {
    fc.assert(
      fc.property(someLogits, shares, fc.constantFrom(-64, 8, 512), (logits, p, shift) => {
        const rounded = logits.map((logit) => Math.round(logit * 8) / 8);
        expect(left(filtered(minP(p), rounded))).toEqual(
          left(
            filtered(
              minP(p),
              rounded.map((logit) => logit + shift),
            ),
          ),
        );
      }),
    );
  });

  it.each([-0.1, 1.1, Number.NaN])("refuses p = %d", (p) => {
    expect(() => minP(p)).toThrow(RangeError);
    expect(() => minP(p)).toThrow(`minP: p must be from 0 to 1, but is ${p}.`);
  });
});
