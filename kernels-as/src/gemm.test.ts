import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Product = {
  readonly transposedA: boolean;
  readonly transposedB: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Numbers between the end of a stored row and the next row's start, in A, B and C. */
  readonly gaps: readonly [number, number, number];
  readonly bias: boolean;
  readonly accumulate: boolean;
  readonly seed: number;
};

/** Small whole numbers: their products are exact in f32 in whatever order they are summed, so that results can be equal. */
const whole = (seed: number, count: number) => numbers(seed, count, 8).map(Math.round);

/** A matrix of small whole numbers, [rows, columns], with `filler` in the gaps between rows. */
function matrix(seed: number, rows: number, columns: number, gap: number, filler: number): Float32Array {
  const values = whole(seed, rows * (columns + gap));
  if (gap > 0) for (let row = 0; row < rows; row++) values.fill(filler, row * (columns + gap) + columns, (row + 1) * (columns + gap));
  return values;
}

/** C[rows, columns + gap] by the definition, in f64. */
function naive(p: Product, a: Float32Array, lda: number, b: Float32Array, ldb: number, bias: Float32Array, c: Float32Array): Float32Array {
  const out = Float64Array.from(c),
    ldc = p.columns + p.gaps[2];
  for (let row = 0; row < p.rows; row++) {
    for (let column = 0; column < p.columns; column++) {
      let sum = (p.accumulate ? (c[row * ldc + column] as number) : 0) + (p.bias ? (bias[column] as number) : 0);
      for (let k = 0; k < p.depth; k++) {
        sum += (a[p.transposedA ? k * lda + row : row * lda + k] as number) * (b[p.transposedB ? column * ldb + k : k * ldb + column] as number);
      }
      out[row * ldc + column] = sum;
    }
  }
  return Float32Array.from(out);
}

const TRANSPOSITIONS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const PLAIN = { transposedA: false, transposedB: false, gaps: [0, 0, 0], bias: true, accumulate: false, seed: 5 } as const;

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { heap, run } = kernels;

  /** Runs a product; C starts as whole numbers, its gaps as 99. Gives the largest error. */
  function multiply(p: Product): number {
    const [storedA, lineA] = p.transposedA ? [p.depth, p.rows] : [p.rows, p.depth];
    const [storedB, lineB] = p.transposedB ? [p.columns, p.depth] : [p.depth, p.columns];
    const a = matrix(p.seed, storedA, lineA, p.gaps[0], Number.NaN),
      lda = lineA + p.gaps[0];
    const b = matrix(p.seed + 1, storedB, lineB, p.gaps[1], Number.NaN),
      ldb = lineB + p.gaps[1];
    const bias = whole(p.seed + 2, p.columns),
      c = matrix(p.seed + 3, p.rows, p.columns, p.gaps[2], 99);
    const got = onHeap(kernels, (put) => {
      const out = put(p.accumulate ? c : c.map((value) => (value === 99 ? 99 : Number.NaN)));
      run.gemm(
        p.transposedA,
        p.transposedB,
        p.rows,
        p.columns,
        p.depth,
        put(a).at,
        lda,
        put(b).at,
        ldb,
        p.bias ? put(bias).at : 0,
        out.at,
        p.columns + p.gaps[2],
        p.accumulate,
      );
      return out.floats();
    });
    return worst(got, naive(p, a, lda, b, ldb, bias, c));
  }

  const size = fc.integer({ min: 1, max: 70 }),
    gap = fc.integer({ min: 0, max: 5 });
  test("gemm is the product of any sizes, transposed or not, with rows apart, a bias and what stood in C", () => {
    const products = fc.record({
      transposedA: fc.boolean(),
      transposedB: fc.boolean(),
      rows: size,
      columns: size,
      depth: size,
      gaps: fc.tuple(gap, gap, gap),
      bias: fc.boolean(),
      accumulate: fc.boolean(),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(products, (product) => {
        const error = multiply(product);
        expect(error).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test.each(TRANSPOSITIONS)("gemm goes beyond its blocks of rows and depth (A transposed: %s, B: %s)", (transposedA, transposedB) => {
    for (const [rows, columns, depth] of [
      [121, 9, 513],
      [247, 17, 1030],
      [1, 8, 1025],
      [360, 24, 512],
    ] as const) {
      const error = multiply({ ...PLAIN, transposedA, transposedB, rows, columns, depth, gaps: [1, 2, 3], accumulate: true });
      expect(error, `${rows}×${columns}×${depth}`).toBe(0);
    }
  });

  test.each([false, true])("gemm takes a B too wide to pack at once in parts (B transposed: %s)", (transposedB) => {
    const error = multiply({ ...PLAIN, transposedB, rows: 4, columns: 7003, depth: 600 });
    expect(error).toBe(0);
  });

  test("gemm of fractions is right to f32's precision", () => {
    const rows = 33,
      columns = 29,
      depth = 700;
    const a = numbers(1, rows * depth),
      b = numbers(2, depth * columns);
    const want = naive({ ...PLAIN, rows, columns, depth, bias: false }, a, depth, b, columns, empty(0), empty(rows * columns));
    const got = onHeap(kernels, (put) => {
      const out = put(empty(rows * columns));
      run.gemm(false, false, rows, columns, depth, put(a).at, depth, put(b).at, columns, 0, out.at, columns, false);
      return out.floats();
    });
    expect(worst(got, want)).toBeLessThan(5e-5);
  });

  test("gemv is the product of any sizes, with rows apart, a bias and what stood in y", () => {
    const products = fc.record({ rows: size, columns: fc.integer({ min: 1, max: 150 }), gap, bias: fc.boolean(), accumulate: fc.boolean(), seed: fc.nat() });
    fc.assert(
      fc.property(products, ({ rows, columns, gap, bias, accumulate, seed }) => {
        const m = matrix(seed, rows, columns, gap, Number.NaN),
          x = whole(seed + 1, columns),
          b = whole(seed + 2, rows),
          y = whole(seed + 3, rows);
        const want = y.map((before, row) =>
          x.reduce((sum, value, i) => sum + value * (m[row * (columns + gap) + i] as number), (accumulate ? before : 0) + (bias ? (b[row] as number) : 0)),
        );
        const got = onHeap(kernels, (put) => {
          const out = put(accumulate ? y : empty(rows));
          run.gemv(rows, columns, put(m).at, columns + gap, put(x).at, bias ? put(b).at : 0, out.at, accumulate);
          return out.floats();
        });
        expect(worst(got, want)).toBe(0);
      }),
    );
  });

  test("products give back the memory they pack into", () => {
    const product = { ...PLAIN, rows: 8, columns: 512, depth: 512 };
    multiply(product);
    const before = heap.memory.buffer.byteLength;
    onHeap(kernels, (put) => {
      const a = put(numbers(1, 8 * 512)).at,
        b = put(numbers(2, 512 * 512)).at,
        c = put(empty(8 * 512)).at;
      for (let i = 0; i < 100; i++) run.gemm(false, false, 8, 512, 512, a, 512, b, 512, 0, c, 512, false);
    });
    expect(heap.memory.buffer.byteLength).toBe(before);
  });
});
