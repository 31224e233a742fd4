import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distinctRows } from "./distinct-rows.ts";

const cases = fc.integer({ min: 1, max: 12 }).chain((limit) =>
  fc.array(fc.nat(limit - 1), { minLength: 1, maxLength: 30 }).chain((indices) =>
    fc.record({
      limit: fc.constant(limit),
      indices: fc.constant(Int32Array.from(indices)),
      places: fc.array(fc.nat(indices.length - 1)).map((places) => Int32Array.from(places)),
    }),
  ),
);

describe("distinctRows", () => {
  it("gives each place its index again, through the slot", () => {
    fc.assert(
      fc.property(cases, ({ limit, indices, places }) => {
        const { values, slots } = distinctRows(indices, places, limit);
        expect([...slots].map((slot) => values[slot])).toEqual([...places].map((place) => indices[place]));
      }),
    );
  });

  it("names each index that occurs once, in the order they come first", () => {
    fc.assert(
      fc.property(cases, ({ limit, indices, places }) => {
        expect([...distinctRows(indices, places, limit).values]).toEqual([...new Set([...places].map((place) => indices[place]))]);
      }),
    );
  });

  it("looks only at the places it is given: padding may hold anything", () => {
    expect(distinctRows(Int32Array.of(3, -100, 3, 1), Int32Array.of(0, 3, 2), 4)).toEqual({ values: Int32Array.of(3, 1), slots: Int32Array.of(0, 1, 0) });
  });

  it.each([-1, 4, 2 ** 31 - 1])("refuses the index %d, which names no row, and says where it stands", (index) => {
    const find = () => distinctRows(Int32Array.of(0, 1, index), Int32Array.of(0, 2, 1), 4);
    expect(find).toThrow(RangeError);
    expect(find).toThrow(`index ${index} at position 2 names no row; the table has rows 0 to 3.`);
  });
});
