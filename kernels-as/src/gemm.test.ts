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

/** C[rows, columns + gap] by the definition, in f64, over what stood in `c`. */
function naive(p: Product, a: Float32Array, lda: number, b: Float32Array, ldb: number, bias: Float32Array, c: Float32Array): Float32Array {
  const out = c.slice();
  const ldc = p.columns + p.gaps[2];
  for (let row = 0; row < p.rows; row++) {
    for (let column = 0; column < p.columns; column++) {
      let sum = (p.accumulate ? (c[row * ldc + column] as number) : 0) + (p.bias ? (bias[column] as number) : 0);
      for (let k = 0; k < p.depth; k++) {
        sum += (a[p.transposedA ? k * lda + row : row * lda + k] as number) * (b[p.transposedB ? column * ldb + k : k * ldb + column] as number);
      }
      out[row * ldc + column] = sum;
    }
  }
  return out;
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

  /** Runs a product and gives its largest error. C starts as whole numbers where they count, its gaps as 99. */
  function errorOf(p: Product): number {
    const { transposedA, transposedB, rows, columns, depth, gaps, accumulate, seed } = p;
    const [lda, ldb, ldc] = [(transposedA ? rows : depth) + gaps[0], (transposedB ? depth : columns) + gaps[1], columns + gaps[2]];
    const a = transposedA ? matrix(seed, depth, rows, gaps[0], Number.NaN) : matrix(seed, rows, depth, gaps[0], Number.NaN);
    const b = transposedB ? matrix(seed + 1, columns, depth, gaps[1], Number.NaN) : matrix(seed + 1, depth, columns, gaps[1], Number.NaN);
    const bias = whole(seed + 2, columns);
    const c = matrix(seed + 3, rows, columns, gaps[2], 99);
    const got = onHeap(kernels, (put) => {
      const out = put(accumulate ? c : c.map((value) => (value === 99 ? 99 : Number.NaN)));
      const biasAt = p.bias ? put(bias).at : 0;
      run.gemm(transposedA, transposedB, rows, columns, depth, put(a).at, lda, put(b).at, ldb, biasAt, out.at, ldc, accumulate);
      return out.floats();
    });
    return worst(got, naive(p, a, lda, b, ldb, bias, c));
  }

  const size = fc.integer({ min: 1, max: 70 });
  const gap = fc.integer({ min: 0, max: 5 });
  const flags = { transposedA: fc.boolean(), transposedB: fc.boolean(), bias: fc.boolean(), accumulate: fc.boolean() };
  const products = fc.record({ ...flags, rows: size, columns: size, depth: size, gaps: fc.tuple(gap, gap, gap), seed: fc.nat() });

  test("gemm is the product of any sizes, transposed or not, with rows apart, a bias and what stood in C", () => {
    const property = fc.property(products, (product) => {
      expect(errorOf(product)).toBe(0);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test.each(TRANSPOSITIONS)("gemm goes beyond its blocks of rows and depth (A transposed: %s, B: %s)", (transposedA, transposedB) => {
    for (const [rows, columns, depth] of [
      [121, 9, 513],
      [247, 17, 1030],
      [1, 8, 1025],
      [360, 24, 512],
    ] as const) {
      const product = { ...PLAIN, transposedA, transposedB, rows, columns, depth, gaps: [1, 2, 3], accumulate: true } as const;
      expect(errorOf(product), `${rows}×${columns}×${depth}`).toBe(0);
    }
  });

  test.each([false, true])("gemm takes a B too wide to pack at once in parts (B transposed: %s)", (transposedB) => {
    expect(errorOf({ ...PLAIN, transposedB, rows: 4, columns: 7003, depth: 600 })).toBe(0);
  });

  /** C, once sevens, after a product of no depth with a bias. */
  const withoutDepth = (rows: number, transposedB: boolean, accumulate = false) =>
    onHeap(kernels, (put) => {
      const out = put(new Float32Array(rows * 2).fill(7));
      run.gemm(false, transposedB, rows, 2, 0, put(empty(8)).at, 1, put(empty(8)).at, 2, put(Float32Array.of(1, 2)).at, out.at, 2, accumulate);
      return [...out.floats()];
    });

  test("gemm of no depth gives the bias alone", () => {
    for (const transposedB of [false, true]) {
      expect(withoutDepth(5, transposedB)).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
      expect(withoutDepth(2, transposedB)).toEqual([1, 2, 1, 2]);
    }
  });

  test("gemm of no depth adds the bias to what stood in C where it accumulates", () => {
    for (const transposedB of [false, true]) expect(withoutDepth(2, transposedB, true)).toEqual([8, 9, 8, 9]);
  });

  test("gemm of fractions is right to f32's precision", () => {
    const [rows, columns, depth] = [33, 29, 700];
    const [a, b] = [numbers(1, rows * depth), numbers(2, depth * columns)];
    const want = naive({ ...PLAIN, rows, columns, depth, bias: false }, a, depth, b, columns, empty(0), empty(rows * columns));
    const got = onHeap(kernels, (put) => {
      const out = put(empty(rows * columns));
      run.gemm(false, false, rows, columns, depth, put(a).at, depth, put(b).at, columns, 0, out.at, columns, false);
      return out.floats();
    });
    expect(worst(got, want)).toBeLessThan(5e-5);
  });

  test("gemv is the product of any sizes, with rows apart, a bias and what stood in y", () => {
    const property = fc.property(products, ({ rows, columns, gaps: [gap], bias, accumulate, seed }) => {
      const m = matrix(seed, rows, columns, gap, Number.NaN);
      const [x, biases, y] = [whole(seed + 1, columns), whole(seed + 2, rows), whole(seed + 3, rows)];
      const want = y.map((before, row) => {
        const start = (accumulate ? before : 0) + (bias ? (biases[row] as number) : 0);
        return x.reduce((sum, value, i) => sum + value * (m[row * (columns + gap) + i] as number), start);
      });
      const got = onHeap(kernels, (put) => {
        const out = put(accumulate ? y : empty(rows));
        run.gemv(rows, columns, put(m).at, columns + gap, put(x).at, bias ? put(biases).at : 0, out.at, accumulate);
        return out.floats();
      });
      expect(worst(got, want)).toBe(0);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("products give back the memory they pack into", () => {
    onHeap(kernels, (put) => {
      const [a, b, c] = [put(numbers(1, 8 * 512)).at, put(numbers(2, 512 * 512)).at, put(empty(8 * 512)).at];
      const product = () => run.gemm(false, false, 8, 512, 512, a, 512, b, 512, 0, c, 512, false);
      product();
      const before = heap.memory.buffer.byteLength;
      for (let i = 0; i < 100; i++) product();
      expect(heap.memory.buffer.byteLength).toBe(before);
    });
  });
});
