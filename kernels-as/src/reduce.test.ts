import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Matrix = { readonly rows: number; readonly columns: number; readonly x: Float32Array };

/** Matrices of few different numbers, so that ties come often; now and then with a NaN. */
const matrices: fc.Arbitrary<Matrix> = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })).chain(([rows, columns]) => {
  const number = fc.oneof(
    { weight: 80, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
  );
  return fc.array(number, { minLength: rows * columns, maxLength: rows * columns }).map((all) => ({ rows, columns, x: Float32Array.from(all) }));
});

const rowsOf = ({ rows, columns, x }: Matrix) => Array.from({ length: rows }, (_, row) => [...x.subarray(row * columns, (row + 1) * columns)]);
const add = (a: number, b: number) => a + b;

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;
  const byRow = (name: "sumRows" | "maxRows" | "argMaxRows", { rows, columns, x }: Matrix) =>
    onHeap(kernels, (put) => {
      const out = put(name === "argMaxRows" ? new Int32Array(rows) : empty(rows));
      run[name](rows, columns, put(x).at, out.at);
      return name === "argMaxRows" ? [...out.ints()] : [...out.floats()];
    });
  const sumSquares = (x: Float32Array) => onHeap(kernels, (put) => run.sumSquares(x.length, put(x).at));

  test("sumRows adds up each row", () => {
    fc.assert(
      fc.property(matrices, (m) => {
        expect(
          worst(
            byRow("sumRows", m),
            rowsOf(m).map((row) => row.reduce(add)),
          ),
        ).toBe(0);
      }),
    );
  });

  test("sumColumns adds up each column, onto what was there if so asked", () => {
    fc.assert(
      fc.property(matrices, fc.boolean(), (m, accumulate) => {
        const before = accumulate ? numbers(1, m.columns, 8).map(Math.round) : empty(m.columns);
        const got = onHeap(kernels, (put) => {
          const out = put(before);
          run.sumColumns(m.rows, m.columns, put(m.x).at, out.at, accumulate);
          return out.floats();
        });
        expect(
          worst(
            got,
            [...before].map((start, i) => rowsOf(m).reduce((sum, row) => sum + (row[i] as number), accumulate ? start : 0)),
          ),
        ).toBe(0);
      }),
    );
  });

  test("maxRows finds each row's largest number, or its NaN", () => {
    fc.assert(
      fc.property(matrices, (m) => {
        expect(
          worst(
            byRow("maxRows", m),
            rowsOf(m).map((row) => Math.max(...row)),
          ),
        ).toBe(0);
      }),
    );
  });

  test("argMaxRows finds the first of each row's largest numbers; the first place where a row has a NaN", () => {
    fc.assert(
      fc.property(matrices, (m) => {
        expect(byRow("argMaxRows", m)).toEqual(rowsOf(m).map((row) => Math.max(0, row.indexOf(Math.max(...row)))));
      }),
    );
  });

  test("a NaN is found wherever it stands, and plus and minus zero tie", () => {
    for (let columns = 1; columns < 12; columns++) {
      for (let at = 0; at < columns; at++) {
        const x = numbers(columns, columns).map((value, i) => (i === at ? Number.NaN : value));
        expect(byRow("maxRows", { rows: 1, columns, x })).toEqual([Number.NaN]);
      }
    }
    expect(byRow("argMaxRows", { rows: 2, columns: 2, x: Float32Array.of(-0, 0, 0, -0) })).toEqual([0, 0]);
    expect(byRow("argMaxRows", { rows: 1, columns: 6, x: new Float32Array(6).fill(-Infinity) })).toEqual([0]);
  });

  test("an empty row sums to 0 and has minus infinity as its largest", () => {
    expect(byRow("sumRows", { rows: 2, columns: 0, x: empty(0) })).toEqual([0, 0]);
    expect(byRow("maxRows", { rows: 1, columns: 0, x: empty(0) })).toEqual([-Infinity]);
  });

  test("a million numbers keep five digits of their sum, where a plain f32 sum keeps two", () => {
    const count = 1_000_000;
    const x = new Float32Array(count).fill(0.1);
    const exact = count * (x[0] as number);
    expect(Math.abs(x.reduce((sum, value) => Math.fround(sum + value), 0) / exact - 1)).toBeGreaterThan(1e-3);
    expect(Math.abs((byRow("sumRows", { rows: 1, columns: count, x })[0] as number) / exact - 1)).toBeLessThan(1e-5);
    expect(Math.abs(sumSquares(x) / (exact * (x[0] as number)) - 1)).toBeLessThan(1e-5);
  });

  test("sums of either sign that nearly cancel keep what is left", () => {
    const x = numbers(9, 999_999);
    const exact = x.reduce(add, 0);
    expect(Math.abs((byRow("sumRows", { rows: 1, columns: x.length, x })[0] as number) - exact)).toBeLessThan(0.01);
  });

  test("sumSquares of any count is the sum of the squares, beyond the largest f32 too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), (count) => {
        const x = numbers(count, count, 9).map(Math.round);
        expect(sumSquares(x)).toBe(x.reduce((sum, value) => sum + value * value, 0));
      }),
      { numRuns: 40 },
    );
    expect(sumSquares(new Float32Array(40_960).fill(1e17))).toBeGreaterThan(4e38);
  });
});
