import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestSpan } from "./best-span.ts";

// Whole numbers, so that some spans score alike.
const scores = fc
  .integer({ min: 1, max: 9 })
  .chain((time) =>
    fc.tuple(...[0, 1].map(() => fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity)), { minLength: time, maxLength: time }))),
  );

describe("the best span", () => {
  it("is the one of the largest score, of all that are no longer than is allowed", () => {
    fc.assert(
      fc.property(scores, fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }), ([starts = [], ends = []], longest) => {
        const all = ends.flatMap((end, last) => starts.slice(0, last + 1).map((start, first) => ({ first, last, score: start + end })));
        const allowed = all.filter(({ first, last }) => last - first < (longest ?? 99));
        const best = Math.max(...allowed.map(({ score }) => score));
        const found = bestSpan(Float32Array.from(starts), Float32Array.from(ends), longest);
        expect(found.score).toBe(best);
        expect(allowed).toContainEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  it("of those alike is the one that ends first", () => {
    expect(bestSpan(Float32Array.of(1, 0, 1), Float32Array.of(0, 2, 2))).toEqual({ first: 0, last: 1, score: 3 });
  });
});
