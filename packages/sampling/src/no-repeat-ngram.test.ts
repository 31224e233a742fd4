import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filtered, left, logitsAfterText, OUT } from "./filters.test-helper.ts";
import { noRepeatNgram } from "./no-repeat-ngram.ts";

const sizes = fc.integer({ min: 1, max: 5 });
const ngrams = (text: readonly number[], n: number) => Array.from({ length: Math.max(0, text.length - n + 1) }, (_, i) => text.slice(i, i + n).join());

describe("noRepeatNgram", () => {
  it("rules out just those tokens that would end an n-gram which the text has, and leaves one at least", () => {
    fc.assert(
      fc.property(logitsAfterText, sizes, ([logits, previous], n) => {
        const known = ngrams(previous, n);
        const repeats = (token: number) => previous.length >= n - 1 && known.includes([...previous.slice(previous.length - n + 1), token].join());
        const expected = left(logits).filter((token) => !repeats(token));
        const after = filtered(noRepeatNgram(n), logits, previous);
        expect(left(after)).toEqual(expected.length > 0 ? expected : left(logits));
        for (const token of left(after)) expect(after[token]).toBe(logits[token]);
      }),
    );
  });

  it("writes a text in which no n-gram comes twice, as long as there is another way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), sizes, (classes, n) => {
        const text: number[] = [];
        // A model that would say 0 for ever. Every (n - 1)-gram can be followed in `classes` ways.
        const greedyLogits = Float32Array.from({ length: classes }, (_, token) => -token);
        for (let i = 0; i < n + classes - 1; i++) {
          const after = filtered(noRepeatNgram(n), greedyLogits, text);
          text.push(after.indexOf(Math.max(...after)));
        }
        expect(new Set(ngrams(text, n)).size).toBe(ngrams(text, n).length);
      }),
    );
  });

  it("lets no token come twice at n = 1, until each has come", () => {
    const logits = Float32Array.of(3, 2, 1);
    expect(left(filtered(noRepeatNgram(1), logits, [0, 2]))).toEqual([1]);
    expect(left(filtered(noRepeatNgram(1), logits, [0, 2, 1]))).toEqual([0, 1, 2]);
    expect(left(filtered(noRepeatNgram(1), Float32Array.of(3, OUT, 1), [0, 2]))).toEqual([0, 2]);
  });

  it("leaves spared tokens alone", () => {
    expect(left(filtered(noRepeatNgram(2, { spared: [2] }), Float32Array.of(3, 2, 1), [0, 1, 0, 2, 0]))).toEqual([0, 2]);
  });

  it.each([0, 1.5, Number.NaN])("refuses n = %d", (n) => {
    expect(() => noRepeatNgram(n)).toThrow(`noRepeatNgram: n must be a whole number of at least 1, but is ${n}.`);
  });
});
