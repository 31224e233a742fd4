import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";
import { BINARY, UNARY } from "./operations.ts";

const two: Record<(typeof BINARY)[number], (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  squaredDifference: (a, b) => Math.fround(a - b) ** 2,
};

/** One rounding each, but for rsqrt's two. The approximations stand in math.test.ts. */
const one: Record<Exclude<(typeof UNARY)[number], "exp" | "sigmoid" | "tanh" | "erf">, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  neg: (x) => -x,
  abs: Math.abs,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.fround(Math.sqrt(x)),
  reciprocal: (x) => 1 / x,
  step: (x) => (Number.isNaN(x) ? x : Number(x > 0)),
};

/** Numbers of every kind that an f32 holds. */
const float = fc.oneof(fc.float({ min: -1000, max: 1000 }), fc.float(), fc.constantFrom(0, -0, 1, -1, 1e-45, Infinity, -Infinity, Number.NaN));
const floats = (length: number) => fc.array(float, { minLength: length, maxLength: length }).map((all) => Float32Array.from(all));

/** How an operand is spread over [rows, columns]: its stride, whether a row has a number for each column, and how many it has in all. */
const SPREADS = [
  { name: "a number each", stride: (columns: number) => columns, many: true, count: (rows: number, columns: number) => rows * columns },
  { name: "one row for all", stride: () => 0, many: true, count: (_: number, columns: number) => columns },
  { name: "a number a row", stride: () => 1, many: false, count: (rows: number) => rows },
  { name: "one number for all", stride: () => 0, many: false, count: () => 1 },
];
const PAIRS = SPREADS.flatMap((first) => SPREADS.filter((second) => first.many || second.many).map((second) => ({ first, second })));

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;

  test.each(PAIRS)("binary broadcasts $first.name with $second.name", ({ first, second }) => {
    const cases = fc
      .record({ op: fc.constantFrom(...BINARY), rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 13 }) })
      .chain((c) =>
        fc.record({ a: floats(first.count(c.rows, c.columns)), b: floats(second.count(c.rows, c.columns)) }).map((operands) => ({ ...c, ...operands })),
      );
    fc.assert(
      fc.property(cases, ({ op, rows, columns, a, b }) => {
        const strideA = first.stride(columns);
        const strideB = second.stride(columns);
        const want = Float32Array.from({ length: rows * columns }, (_, i) => {
          const row = Math.floor(i / columns);
          const column = i % columns;
          return two[op](a[row * strideA + (first.many ? column : 0)] as number, b[row * strideB + (second.many ? column : 0)] as number);
        });
        const got = onHeap(kernels, (put) => {
          const out = put(empty(rows * columns));
          run.binary(BINARY.indexOf(op), rows, columns, put(a).at, strideA, first.many, put(b).at, strideB, second.many, out.at);
          return out.floats();
        });
        expect(got, op).toEqual(want);
      }),
      { numRuns: 60 },
    );
  });

  test.each(Object.keys(one) as (keyof typeof one)[])("unary %s is right to the last bit, in place too", (name) => {
    fc.assert(
      fc.property(fc.array(float, { maxLength: 23 }), (all) => {
        const x = Float32Array.from(all);
        const want = x.map(one[name]);
        const got = onHeap(kernels, (put) => {
          const source = put(x);
          const out = put(empty(x.length));
          const op = UNARY.indexOf(name);
          run.unary(op, x.length, source.at, out.at);
          run.unary(op, x.length, source.at, source.at);
          return { apart: out.floats(), inPlace: source.floats() };
        });
        expect(got).toEqual({ apart: want, inPlace: want });
      }),
    );
  });

  test("blend mixes two arrays, over either of them too", () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(),
        fc.float({ min: -2, max: 2, noNaN: true }),
        fc.float({ min: -2, max: 2, noNaN: true }),
        (count, seed, factor, other) => {
          const x = numbers(seed, count);
          const y = numbers(seed + 1, count);
          const want = x.map((value, i) => value * factor + (y[i] as number) * other);
          for (const to of ["out", "x", "y"] as const) {
            const got = onHeap(kernels, (put) => {
              const places = { x: put(x), y: put(y), out: put(empty(count)) };
              run.blend(count, places.x.at, factor, places.y.at, other, places[to].at);
              return places[to].floats();
            });
            expect(worst(got, want), `into ${to}`).toBeLessThan(1e-6);
          }
        },
      ),
    );
  });
});
