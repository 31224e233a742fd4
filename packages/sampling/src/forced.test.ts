import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { banned } from "./banned.ts";
import { filtered, left, logitsAfterText } from "./filters.test-helper.ts";
import { forced } from "./forced.ts";
import { samplerOf } from "./sampler-of.ts";

describe("forced", () => {
  it("leaves just the token of its position, and changes nothing elsewhere", () => {
    fc.assert(
      fc.property(logitsAfterText, fc.nat(40), fc.nat(29), ([logits, previous], position, drawn) => {
        const token = drawn % logits.length;
        const after = filtered(forced(new Map([[position, token]])), logits, previous);
        if (position === previous.length) expect(left(after)).toEqual([token]);
        else expect(after).toEqual(logits);
      }),
    );
  });

  it("makes a text as told, even of tokens that were ruled out before", () => {
    const sampler = samplerOf(
      [
        banned([1]),
        forced(
          new Map([
            [0, 1],
            [2, 1],
          ]),
        ),
      ],
      () => 0.99,
    );
    const text: number[] = [];
    for (let i = 0; i < 4; i++) text.push(sampler(Float32Array.of(0, 9, 0), text));
    expect(text).toEqual([1, 2, 1, 2]);
  });

  it("refuses positions and tokens that there are not", () => {
    for (const position of [-1, 0.5])
      expect(() => forced(new Map([[position, 0]]))).toThrow(`forced: a position must be a whole number of at least 0, but is ${position}.`);
    expect(() => forced(new Map([[0, 3]]))(Float32Array.of(1, 2, 3), [])).toThrow("forced: 3 is none of the 3 tokens.");
  });
});
