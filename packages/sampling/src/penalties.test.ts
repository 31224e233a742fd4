import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filtered, left, logitsAfterText, OUT } from "./filters.test-helper.ts";
import { frequencyPenalty } from "./frequency-penalty.ts";
import type { PenaltyOptions } from "./penalty.ts";
import { presencePenalty } from "./presence-penalty.ts";
import { repetitionPenalty } from "./repetition-penalty.ts";
import type { Filter } from "./sampler.ts";

type Penalty = { name: string; make(strength: number, options?: PenaltyOptions): Filter; defined(logit: number, count: number, strength: number): number };

/** Each as its paper or interface defines it, for a token that came `count` times. */
const PENALTIES: Penalty[] = [
  { name: "repetitionPenalty", make: repetitionPenalty, defined: (z, count, r) => (count === 0 ? z : z < 0 ? z * r : z / r) },
  { name: "presencePenalty", make: presencePenalty, defined: (z, count, amount) => (count === 0 ? z : z - amount) },
  { name: "frequencyPenalty", make: frequencyPenalty, defined: (z, count, amount) => z - amount * count },
];
const strengths = fc.double({ min: 0.1, max: 3, noNaN: true });

describe.each(PENALTIES)("$name", ({ name, make, defined }) => {
  it("is what its definition says, token by token, and rules none out", () => {
    fc.assert(
      fc.property(logitsAfterText, strengths, ([logits, previous], strength) => {
        const after = filtered(make(strength), logits, previous);
        expect([...after]).toEqual(Array.from(logits, (z, token) => Math.fround(defined(z, previous.filter((other) => other === token).length, strength))));
        expect(left(after)).toEqual(left(logits));
      }),
    );
  });

  it("does not mind the order of the text", () => {
    fc.assert(
      fc.property(logitsAfterText, strengths, ([logits, previous], strength) => {
        expect(filtered(make(strength), logits, previous.toReversed())).toEqual(filtered(make(strength), logits, previous));
      }),
    );
  });

  it("changes nothing where there is no text, nor what is spared", () => {
    fc.assert(
      fc.property(logitsAfterText, strengths, ([logits, previous], strength) => {
        expect(filtered(make(strength), logits)).toEqual(logits);
        expect(filtered(make(strength, { spared: previous }), logits, previous)).toEqual(logits);
        const [first, ...others] = previous;
        if (first !== undefined)
          expect(filtered(make(strength, { spared: [first] }), logits, previous)).toEqual(
            filtered(
              make(strength),
              logits,
              others.filter((token) => token !== first),
            ),
          );
      }),
    );
  });

  it("refuses a strength that is no finite number, and tokens that there are not", () => {
    for (const strength of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => make(strength)).toThrow(RangeError);
    expect(() => make(2)(Float32Array.of(1, 2), [0, 2])).toThrow(`${name}: the text has the token 2, which is none of the 2 tokens.`);
    expect(() => make(2, { spared: [-1] })(Float32Array.of(1, 2), [])).toThrow(`${name}: the spared token -1 is none of the 2 tokens.`);
  });
});

describe("repetitionPenalty", () => {
  it("never makes a token likelier at r > 1, whatever its sign, and changes nothing at r = 1", () => {
    expect([...filtered(repetitionPenalty(2), Float32Array.of(4, -4, 0, OUT, 4), [0, 0, 1, 2, 3])]).toEqual([2, -8, 0, OUT, 4]);
    fc.assert(
      fc.property(logitsAfterText, ([logits, previous]) => {
        expect(filtered(repetitionPenalty(1), logits, previous)).toEqual(logits);
      }),
    );
  });

  it.each([0, -1])("refuses r = %d", (r) => {
    expect(() => repetitionPenalty(r)).toThrow(`repetitionPenalty: r must be a finite number over 0, but is ${r}.`);
  });
});
