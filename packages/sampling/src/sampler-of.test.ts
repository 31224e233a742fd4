import { generator, key } from "./key.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { banned } from "./banned.ts";
import { samplerOf } from "./sampler-of.ts";
import { softmax } from "./softmax.ts";
import { temperature } from "./temperature.ts";
import { topK } from "./top-k.ts";

const LOGITS = Float32Array.of(1, 2, 0, Number.NEGATIVE_INFINITY, 3);
const randomOf = (seed: number) => generator(key(seed));

/** How often each token comes in many draws. */
function frequencies(sampler: ReturnType<typeof samplerOf>, draws: number): number[] {
  const counts = new Array<number>(LOGITS.length).fill(0);
  for (let i = 0; i < draws; i++) {
    const token = sampler(LOGITS.slice(), []);
    counts[token] = (counts[token] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

describe("samplerOf", () => {
  it.each([
    { what: "the model's own distribution", filters: [], expected: softmax(LOGITS) },
    { what: "a flatter one", filters: [temperature(2)], expected: softmax(LOGITS.map((z) => z / 2)) },
    {
      what: "one without a banned token",
      filters: [banned([4])],
      expected: softmax(Float32Array.of(1, 2, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)),
    },
  ])("draws tokens as often as they are likely: $what", ({ filters, expected }) => {
    const draws = 40_000,
      found = frequencies(samplerOf(filters, randomOf(1)), draws);
    // Chi squared with at most 3 degrees of freedom: over 16.3 once in a thousand.
    const surprise = found.reduce(
      (sum, share, token) => sum + ((expected[token] as number) > 0 ? (draws * (share - (expected[token] as number)) ** 2) / (expected[token] as number) : 0),
      0,
    );
    expect(surprise).toBeLessThan(16.3);
    expect(found[3]).toBe(0);
  });

  it("draws the same tokens for the same numbers, others for others", () => {
    const drawn = (seed: number) => {
      const sampler = samplerOf([temperature(1.5)], randomOf(seed));
      return Array.from({ length: 50 }, () => sampler(LOGITS.slice(), []));
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  it("asks for one number a token", () => {
    let asked = 0;
    const sampler = samplerOf([topK(2)], () => ++asked / 10);
    for (let i = 0; i < 5; i++) sampler(LOGITS.slice(), []);
    expect(asked).toBe(5);
  });

  it("goes through the tokens in their order as the number grows from 0 to 1", () => {
    const shares = softmax(LOGITS);
    let low = 0;
    for (const token of [0, 1, 2, 4]) {
      const high = low + (shares[token] as number);
      expect(samplerOf([], () => low + 1e-4)(LOGITS.slice(), [])).toBe(token);
      expect(samplerOf([], () => high - 1e-4)(LOGITS.slice(), [])).toBe(token);
      low = high;
    }
  });

  it("applies the filters in the order given", () => {
    const seen: string[] = [];
    const token = samplerOf([() => void seen.push("first"), banned([4]), topK(1), () => void seen.push("last")], () => 0.999)(LOGITS.slice(), []);
    expect([seen, token]).toEqual([["first", "last"], 1]);
  });

  it("tells the filters all tokens so far", () => {
    const told: (readonly number[])[] = [];
    samplerOf([(_, previous) => void told.push(previous)], () => 0)(LOGITS.slice(), [3, 1]);
    expect(told).toEqual([[3, 1]]);
  });

  it("refuses to draw where the filters left no token", () => {
    const sampler = samplerOf([banned([0, 1]), banned([2, 3, 4])], () => 0);
    expect(() => sampler(LOGITS.slice(), [])).toThrow("samplerOf: one token at least must remain, but the filters ruled out all 5.");
  });

  it("never draws a token that may not come, whatever the number", () => {
    const numbers = fc.oneof(fc.constant(0), fc.constant(1 - 2 ** -32), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.boolean()), { minLength: 1 }).filter((all) => all.some(([, possible]) => possible)),
        numbers,
        (all, number) => {
          const logits = Float32Array.from(all, ([z, possible]) => (possible ? z : Number.NEGATIVE_INFINITY));
          expect(all[samplerOf([], () => number)(logits, [])]?.[1]).toBe(true);
        },
      ),
    );
  });

  it("takes the most likely token where a logit is NaN", () => {
    expect(samplerOf([], () => 0.99)(Float32Array.of(1, Number.NaN, 5, 2), [])).toBe(2);
  });
});
