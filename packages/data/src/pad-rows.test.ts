import fc from "fast-check";
import { expect, test } from "vitest";
import { padRows } from "./pad-rows.ts";

test("sequences become rows, the rest of each is padding", () => {
  expect(padRows([[1, 2], Int32Array.of(3, 4, 5), []], -1)).toEqual({
    rows: 3,
    time: 3,
    tokens: Int32Array.of(1, 2, -1, 3, 4, 5, -1, -1, -1),
    lengths: [2, 3, 0],
  });
  expect(padRows([[7], [8, 9]]).tokens).toEqual(Int32Array.of(7, 0, 8, 9));
  expect(padRows([])).toEqual({ rows: 0, time: 0, tokens: new Int32Array(0), lengths: [] });
});

test("each row holds its sequence, and the longest has no padding", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 9 })), { minLength: 1 }), (sequences) => {
      const { rows, time, tokens, lengths } = padRows(sequences);
      expect([rows, tokens.length]).toEqual([sequences.length, rows * time]);
      expect(time).toBe(Math.max(...lengths));
      sequences.forEach((sequence, row) => {
        expect([...tokens.slice(row * time, (row + 1) * time)]).toEqual([...sequence, ...new Array(time - sequence.length).fill(0)]);
      });
    }),
  );
});
