import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";
import type { KernelFunctions, Kernels } from "./kernels.ts";

type Product = {
  readonly rows: number;
  readonly outputs: number;
  readonly depth: number;
  readonly bias: boolean;
  readonly accumulate: boolean;
  readonly seed: number;
};

const products = fc.record({
  rows: fc.integer({ min: 0, max: 5 }),
  outputs: fc.integer({ min: 1, max: 70 }),
  depth: fc.integer({ min: 0, max: 40 }),
  bias: fc.boolean(),
  accumulate: fc.boolean(),
  seed: fc.nat(1000),
});

const WAYS = {
  f32: (run: KernelFunctions) => ({ bytes: run.panelBytes, pack: run.packPanels, multiply: run.multiplyPanels }),
  int8: (run: KernelFunctions) => ({ bytes: run.int8Bytes, pack: run.packInt8, multiply: run.multiplyInt8 }),
};

/** A product's matrix, vectors, biases, and what stands in y before. */
const partsOf = ({ rows, outputs, depth, seed }: Product) => ({
  m: numbers(seed, outputs * depth),
  x: numbers(seed + 1, rows * depth, 3),
  biases: numbers(seed + 2, outputs),
  before: numbers(seed + 3, rows * outputs),
});

/** y by the kernels. The rows of the matrix, of x and of y lie three numbers apart, which are NaN in what is read. */
function byKernels(kernels: Kernels, way: keyof typeof WAYS, p: Product, { m, x, biases, before } = partsOf(p)): Float32Array {
  const { rows, outputs, depth } = p;
  return onHeap(kernels, (put) => {
    const { bytes, pack, multiply } = WAYS[way](kernels.run);
    const packed = put(empty(Math.ceil(bytes(outputs, depth) / 4)));
    pack(outputs, depth, put(apart(m, outputs, depth)).at, depth + GAP, packed.at);
    const y = put(apart(before, rows, outputs));
    multiply(rows, outputs, depth, put(apart(x, rows, depth)).at, depth + GAP, packed.at, p.bias ? put(biases).at : 0, y.at, outputs + GAP, p.accumulate);
    const found = y.floats();
    const inGaps = found.filter((_, i) => i % (outputs + GAP) >= outputs);
    expect(inGaps.every(Number.isNaN)).toBe(true);
    return found.filter((_, i) => i % (outputs + GAP) < outputs);
  });
}

/** Numbers between rows. */
const GAP = 3;

/** The rows of a matrix with NaN between them. */
function apart(values: Float32Array, rows: number, width: number): Float32Array {
  const out = empty(rows * (width + GAP));
  for (let row = 0; row < rows; row++) out.set(values.subarray(row * width, (row + 1) * width), row * (width + GAP));
  return out;
}

/** y by the definition, in f64, with what is given in the place of m and x. */
function byDefinition(
  { rows, outputs, depth, bias, accumulate }: Product,
  m: ArrayLike<number>,
  x: ArrayLike<number>,
  { biases, before }: ReturnType<typeof partsOf>,
) {
  return Array.from({ length: rows * outputs }, (_, place) => {
    const [row, output] = [Math.floor(place / outputs), place % outputs];
    let sum = (bias ? (biases[output] as number) : 0) + (accumulate ? (before[place] as number) : 0);
    for (let k = 0; k < depth; k++) sum += (m[output * depth + k] as number) * (x[row * depth + k] as number);
    return sum;
  });
}

/** The whole number next to `x`, of two equally near the even one, as WebAssembly's `nearest` has it. */
const nearest = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/**
 * Each row as whole multiples of its largest number's share, `steps` on each side of 0. A weight is divided by the share, a vector's
 * number multiplied by its reciprocal, both in f32: beside a half, the last bit says which way a number is rounded.
 */
function rounded(values: Float32Array, width: number, steps: number, whole: (value: number, most: number) => number): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const row = values.subarray(i - (i % width), i - (i % width) + width);
    const most = row.reduce((largest, number) => Math.max(largest, Math.abs(number)), 0);
    return most === 0 ? 0 : (nearest(Math.fround(whole(value, most))) * most) / steps;
  });
}

const weights = (m: Float32Array, depth: number) => rounded(m, depth, 127, (value, most) => value / Math.fround(most / 127));
const vectors = (x: Float32Array, depth: number) => rounded(x, depth, 63, (value, most) => value * Math.fround(63 / most));

const [relaxed, simd] = (await bothBuilds()) as [Kernels, Kernels];

describe.each([relaxed, simd])("panels by the $build kernels", (kernels) => {
  test("multiply vectors with a packed matrix, of any size, and write nothing besides", () => {
    fc.assert(
      fc.property(products, (p) => {
        const parts = partsOf(p);
        expect(worst(byKernels(kernels, "f32", p), byDefinition(p, parts.m, parts.x, parts))).toBeLessThan(1e-5);
      }),
    );
  });

  test("in int8 multiply what is rounded to 255 and to 127 steps", () => {
    fc.assert(
      fc.property(products, (p) => {
        const parts = partsOf(p);
        const want = byDefinition(p, weights(parts.m, p.depth), vectors(parts.x, p.depth), parts);
        expect(worst(byKernels(kernels, "int8", p), want)).toBeLessThan(1e-5);
      }),
    );
  });

  test.each(["f32", "int8"] as const)("in %s give a vector the same bits alone and among others", (way) => {
    const p: Product = { rows: 5, outputs: 37, depth: 29, bias: true, accumulate: false, seed: 4 };
    const { x, ...rest } = partsOf(p);
    const together = byKernels(kernels, way, p);
    for (let row = 0; row < p.rows; row++) {
      const alone = byKernels(kernels, way, { ...p, rows: 1 }, { ...rest, x: x.slice(row * p.depth, (row + 1) * p.depth), before: empty(p.outputs) });
      expect(alone).toEqual(together.slice(row * p.outputs, (row + 1) * p.outputs));
    }
  });

  test("in int8 give 0 for a matrix or a vector of zeros, and NaN for a vector with NaN", () => {
    const p: Product = { rows: 1, outputs: 3, depth: 5, bias: false, accumulate: false, seed: 1 };
    const parts = partsOf(p);
    expect([...byKernels(kernels, "int8", p, { ...parts, m: parts.m.fill(0) })]).toEqual([0, 0, 0]);
    expect([...byKernels(kernels, "int8", p, { ...partsOf(p), x: new Float32Array(5) })]).toEqual([0, 0, 0]);
    expect([...byKernels(kernels, "int8", p, { ...partsOf(p), x: new Float32Array(5).fill(Number.NaN, 2, 3) })]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

test.each([relaxed, simd])("what is whole already packs as what rounds to it: $build", (kernels) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 }), fc.nat(1000), (outputs, depth, seed) => {
      const whole = Int8Array.from(numbers(seed, outputs * depth, 127), Math.round);
      // A row's largest number makes its scale, which a power of two keeps exact.
      for (let row = 0; row < outputs; row++) whole[row * depth] = row % 2 === 0 ? 127 : -127;
      const scales = Float32Array.from({ length: outputs }, (_, row) => 2 ** ((row % 5) - 3));
      const rounded = Float32Array.from(whole, (value, i) => value * (scales[Math.floor(i / depth)] as number));
      const bytes = new Float32Array(Math.ceil(whole.length / 4));
      new Int8Array(bytes.buffer).set(whole);
      const words = Math.ceil(kernels.run.int8Bytes(outputs, depth) / 4);
      const [asWhole, asRounded] = onHeap(kernels, (put) => {
        const [a, b] = [put(empty(words)), put(empty(words))];
        kernels.run.packWhole(outputs, depth, put(bytes).at, put(scales).at, a.at);
        kernels.run.packInt8(outputs, depth, put(rounded).at, depth, b.at);
        return [a.ints(), b.ints()];
      });
      expect(asWhole).toEqual(asRounded);
    }),
  );
});

test("int8 gives the same bits in both builds, also of vectors that reach the largest numbers everywhere", () => {
  const same = (p: Product, parts = partsOf(p)) => expect(byKernels(relaxed, "int8", p, parts)).toEqual(byKernels(simd, "int8", p, parts));
  fc.assert(
    fc.property(products, (p) => {
      same(p);
    }),
  );
  const p: Product = { rows: 2, outputs: 33, depth: 2000, bias: true, accumulate: true, seed: 3 };
  for (const m of [1, -1]) for (const x of [1, -1]) same(p, { ...partsOf(p), m: new Float32Array(33 * 2000).fill(m), x: new Float32Array(2 * 2000).fill(x) });
});
