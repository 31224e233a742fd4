import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap } from "./kernels.test.helper.ts";
import type { KernelFunctions } from "./kernels.ts";

type Case = { readonly width: number; readonly limit: number; readonly indices: number[]; readonly seed: number };

/** Rows picked from a table, now and then one that it has not. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 12 }).chain((limit) => {
  const bad = fc.constantFrom(-1, limit, limit + 5, 2 ** 31 - 1, -(2 ** 31));
  const index = fc.oneof({ weight: 20, arbitrary: fc.nat(limit - 1) }, { weight: 1, arbitrary: bad });
  return fc.record({ width: fc.integer({ min: 1, max: 21 }), limit: fc.constant(limit), indices: fc.array(index, { maxLength: 20 }), seed: fc.nat() });
});

/** The position of the first index that the table has no row for, or -1. */
const firstBad = ({ indices, limit }: Case) => indices.findIndex((index) => index < 0 || index >= limit);

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;
  /** The indices up to the first bad one. */
  const good = (c: Case) => (firstBad(c) < 0 ? c.indices : c.indices.slice(0, firstBad(c)));
  const rowOf = (values: Float32Array, row: number, width: number) => values.subarray(row * width, (row + 1) * width);

  test("gatherRows copies the rows named, and says where the first bad index stands", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { width, limit, indices } = c;
        const table = numbers(c.seed, limit * width);
        const want = empty(indices.length * width);
        good(c).forEach((index, i) => want.set(rowOf(table, index, width), i * width));
        onHeap(kernels, (put) => {
          const out = put(empty(indices.length * width));
          expect(run.gatherRows(indices.length, width, limit, put(table).at, put(Int32Array.from(indices)).at, out.at)).toBe(firstBad(c));
          expect(out.floats()).toEqual(want);
        });
      }),
    );
  });

  /** Runs a scatter and compares the table with one that `change` went over number by number. */
  function checkScatter(name: "scatterRows" | "scatterAddRows", change: (before: number, added: number) => number): void {
    fc.assert(
      fc.property(cases, (c) => {
        const { width, limit, indices } = c;
        const table = numbers(c.seed, limit * width);
        const rows = numbers(c.seed + 1, indices.length * width);
        const want = table.slice();
        good(c).forEach((index, i) =>
          rowOf(rows, i, width).forEach((value, j) => {
            want[index * width + j] = change(want[index * width + j] as number, value);
          }),
        );
        onHeap(kernels, (put) => {
          const kernel: KernelFunctions["scatterRows"] = run[name];
          const changed = put(table);
          expect(kernel(indices.length, width, limit, put(rows).at, put(Int32Array.from(indices)).at, changed.at)).toBe(firstBad(c));
          expect(changed.floats()).toEqual(want);
        });
      }),
    );
  }

  test("scatterRows writes the rows named, the last where several name one, and leaves the others alone", () => {
    checkScatter("scatterRows", (_, added) => added);
  });

  test("scatterAddRows adds to the rows named, as often as they are named", () => {
    checkScatter("scatterAddRows", (before, added) => Math.fround(before + added));
  });
});
