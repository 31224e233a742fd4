import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

/** Softmax of scale * x, in f64. */
function reference(x: ArrayLike<number>, scale = 1): number[] {
  const z = Array.from(x, (value) => value * scale);
  const most = Math.max(...z);
  const total = z.reduce((sum, value) => sum + Math.exp(value - most), 0);
  return z.map((value) => Math.exp(value - most) / total);
}

/** Its logarithm, in f64. */
function logReference(x: ArrayLike<number>): number[] {
  const most = Math.max(...Array.from(x));
  const logSum = most + Math.log(Array.from(x).reduce((sum, value) => sum + Math.exp(value - most), 0));
  return Array.from(x, (value) => value - logSum);
}

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  columns: fc.integer({ min: 1, max: 40 }),
  spread: fc.constantFrom(0, 1, 20, 200),
  seed: fc.nat(),
  scale: fc.constantFrom(0.5, 1, 3),
});

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;
  const softmax = (x: Float32Array, rows = 1, scale = 1) =>
    onHeap(kernels, (put) => {
      const out = put(empty(x.length));
      run.softmax(rows, x.length / rows, put(x).at, scale, out.at);
      return out.floats();
    });
  const logSoftmax = (x: Float32Array, rows = 1) =>
    onHeap(kernels, (put) => {
      const out = put(empty(x.length));
      run.logSoftmax(rows, x.length / rows, put(x).at, out.at);
      return out.floats();
    });
  const rowsOf = (x: Float32Array, rows: number) =>
    Array.from({ length: rows }, (_, row) => x.subarray((row * x.length) / rows, ((row + 1) * x.length) / rows));

  test("softmax of each row is what the definition says, at any temperature", () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, spread, seed, scale }) => {
        const x = numbers(seed, rows * columns, spread);
        expect(
          worst(
            softmax(x, rows, scale),
            rowsOf(x, rows).flatMap((row) => reference(row, scale)),
          ),
        ).toBeLessThan(2e-6);
      }),
    );
  });

  test("logSoftmax of each row is what the definition says", () => {
    fc.assert(
      fc.property(cases, ({ rows, columns, spread, seed }) => {
        const x = numbers(seed, rows * columns, spread);
        expect(worst(logSoftmax(x, rows), rowsOf(x, rows).flatMap(logReference))).toBeLessThan(2e-6);
      }),
    );
  });

  test("softmax may write over its input", () => {
    const x = numbers(3, 30, 5);
    const inPlace = onHeap(kernels, (put) => {
      const place = put(x);
      run.softmax(3, 10, place.at, 1, place.at);
      return place.floats();
    });
    expect(inPlace).toEqual(softmax(x, 3));
  });

  test("huge logits neither overflow nor lose their order, and minus infinity has no share", () => {
    expect([...softmax(Float32Array.of(3e38, 3e38, -3e38, -Infinity, 0))]).toEqual([0.5, 0.5, 0, 0, 0]);
    expect([...logSoftmax(Float32Array.of(1e6, 0, -Infinity))]).toEqual([0, -1e6, -Infinity]);
  });

  test("small probabilities keep their precision", () => {
    const x = Float32Array.of(0, -20, -50, -86);
    const relative = Array.from(softmax(x), (p, i) => p / (reference(x)[i] as number) - 1);
    expect(worst(relative, [0, 0, 0, 0])).toBeLessThan(1e-6);
  });

  test("a NaN spoils its own row only", () => {
    const out = softmax(Float32Array.of(1, Number.NaN, 2, 0, 0, 0), 2);
    expect([...out.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(worst(out.subarray(3), [1 / 3, 1 / 3, 1 / 3])).toBeLessThan(1e-6);
  });

  test("probabilities of many classes sum to 1", () => {
    expect(softmax(numbers(5, 50_000, 4)).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
  });
});
