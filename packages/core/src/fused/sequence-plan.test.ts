import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLengths, planSequences } from "./sequence-plan.ts";

const batches = fc.record({ batch: fc.nat(8), time: fc.nat(9) }).chain(({ batch, time }) =>
  fc.record({
    batch: fc.constant(batch),
    time: fc.constant(time),
    lengths: fc.array(fc.nat(time), { minLength: batch, maxLength: batch }),
  }),
);

describe("planSequences", () => {
  it("puts the longest sequences first, those of one length in their order", () => {
    fc.assert(
      fc.property(batches, ({ batch, time, lengths }) => {
        const order = [...planSequences(batch, time, lengths).order];
        expect(order).toEqual([...lengths.keys()].sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b));
      }),
    );
  });

  it("counts at each step the sequences that still run", () => {
    fc.assert(
      fc.property(batches, ({ batch, time, lengths }) => {
        const { counts } = planSequences(batch, time, lengths);
        expect([...counts]).toEqual(Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length));
      }),
    );
  });

  it("visits every real step once, in order of time or from each sequence's own last step back, and no padding", () => {
    fc.assert(
      fc.property(batches, fc.boolean(), ({ batch, time, lengths }, reverse) => {
        const { rows, counts, order } = planSequences(batch, time, lengths, reverse);
        expect(rows.length).toBe(lengths.reduce((sum, length) => sum + length, 0));
        const expected = lengths.flatMap((length, sequence) => Array.from({ length }, (_, step) => sequence * time + step));
        expect([...rows].sort((a, b) => a - b)).toEqual(expected);
        const at = (sequence: number, step: number) => sequence * time + (reverse ? (lengths[sequence] as number) - 1 - step : step);
        const inOrder = [...counts].flatMap((count, step) => [...order.subarray(0, count)].map((sequence) => at(sequence, step)));
        expect([...rows]).toEqual(inOrder);
      }),
    );
  });

  it("differs in reverse by nothing but the order of the rows", () => {
    fc.assert(
      fc.property(batches, ({ batch, time, lengths }) => {
        const [there, back] = [planSequences(batch, time, lengths), planSequences(batch, time, lengths, true)];
        expect({ ...back, rows: undefined }).toEqual({ ...there, rows: undefined });
      }),
    );
  });

  it("takes all steps of all sequences where no lengths are given", () => {
    expect(planSequences(2, 3)).toEqual(planSequences(2, 3, [3, 3]));
    expect(planSequences(2, 3)).toEqual({ rows: Int32Array.of(0, 3, 1, 4, 2, 5), counts: Int32Array.of(2, 2, 2), order: Int32Array.of(0, 1) });
  });

  it("plans nothing for no sequences, no steps, and lengths of zero", () => {
    expect(planSequences(0, 3).rows.length).toBe(0);
    expect(planSequences(2, 0).rows.length).toBe(0);
    expect(planSequences(2, 3, [0, 0])).toEqual({ rows: new Int32Array(0), counts: new Int32Array(0), order: Int32Array.of(0, 1) });
  });
});

describe("checkLengths", () => {
  it("lets all good lengths pass", () => {
    fc.assert(fc.property(batches, ({ batch, time, lengths }) => checkLengths(batch, time, lengths)));
  });

  it.each([[[1]], [[1, 2, 3]], [[]]])("wants one for each sequence, not %j", (lengths) => {
    const message = `lengths: one for each of the 2 sequences must be given, but there are ${lengths.length}.`;
    expect(() => checkLengths(2, 4, lengths)).toThrow(RangeError);
    expect(() => planSequences(2, 4, lengths)).toThrow(message);
  });

  it.each([-1, 5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("wants whole numbers within the batch's steps, not %d", (wrong) => {
    const message = `lengths: each must be a whole number from 0 to the batch's 4 steps, but lengths[1] is ${wrong}.`;
    expect(() => checkLengths(2, 4, [4, wrong])).toThrow(RangeError);
    expect(() => planSequences(2, 4, [4, wrong])).toThrow(message);
  });
});
