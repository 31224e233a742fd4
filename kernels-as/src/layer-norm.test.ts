import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Norm = {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly epsilon: number;
};

/** The layer norm in f64, of `x` [rows, columns]. */
function reference({ rows, columns, epsilon }: Norm, x: ArrayLike<number>, weight: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const line = Array.from({ length: columns }, (_, i) => x[row * columns + i] as number);
    const mean = line.reduce((sum, value) => sum + value, 0) / columns;
    const variance = line.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns;
    return line.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * (weight[i] as number) + (bias[i] as number));
  }).flat();
}

/** The slopes of sum(dOut * norm) by each number of `name`, as central differences. */
function slopes(norm: Norm, name: "x" | "weight" | "bias", dOut: Float32Array): number[] {
  const value = (by: number, at: number) => {
    const moved = { ...norm, [name]: Float64Array.from(norm[name], (v, i) => (i === at ? v + by : v)) };
    return reference(norm, moved.x, moved.weight, moved.bias).reduce((sum, y, i) => sum + y * (dOut[i] as number), 0);
  };
  return Array.from(norm[name], (_, i) => (value(1e-5, i) - value(-1e-5, i)) / 2e-5);
}

const norms: fc.Arbitrary<Norm> = fc
  .record({
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 19 }),
    epsilon: fc.constantFrom(0.1, 1e-2),
    offset: fc.constantFrom(0, 10),
    seed: fc.nat(),
  })
  .map(({ rows, columns, epsilon, offset, seed }) => ({
    rows,
    columns,
    epsilon,
    x: numbers(seed, rows * columns, 3).map((value) => value + offset),
    weight: numbers(seed + 1, columns, 2),
    bias: numbers(seed + 2, columns),
  }));

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;

  /** The norm, each row's mean and scale, and the gradients from `dOut`. */
  const compute = ({ rows, columns, x, weight, bias, epsilon }: Norm, dOut = empty(x.length)) =>
    onHeap(kernels, (put) => {
      const out = put(empty(x.length));
      const means = put(empty(rows));
      const scales = put(empty(rows));
      const source = put(x).at;
      const weights = put(weight).at;
      run.layerNormForward(rows, columns, source, weights, put(bias).at, epsilon, out.at, means.at, scales.at);
      const dX = put(empty(x.length));
      const dWeight = put(empty(columns));
      const dBias = put(empty(columns));
      run.layerNormBackward(rows, columns, source, weights, means.at, scales.at, put(dOut).at, dX.at, dWeight.at, dBias.at);
      return { out: out.floats(), means: means.floats(), scales: scales.floats(), dX: dX.floats(), dWeight: dWeight.floats(), dBias: dBias.floats() };
    });

  test("each row is brought to mean 0 and deviation 1, then weighed and shifted", () => {
    fc.assert(
      fc.property(norms, (norm) => {
        expect(worst(compute(norm).out, reference(norm, norm.x, norm.weight, norm.bias))).toBeLessThan(1e-4);
      }),
    );
  });

  test("the gradients are the slopes", () => {
    fc.assert(
      fc.property(norms, fc.nat(), (norm, seed) => {
        const dOut = numbers(seed, norm.x.length);
        const { dX, dWeight, dBias } = compute(norm, dOut);
        expect(worst(dX, slopes(norm, "x", dOut)), "x").toBeLessThan(1e-3);
        expect(worst(dWeight, slopes(norm, "weight", dOut)), "weight").toBeLessThan(1e-3);
        expect(worst(dBias, slopes(norm, "bias", dOut)), "bias").toBeLessThan(1e-3);
      }),
      { numRuns: 60 },
    );
  });

  test("a row far from zero keeps its variance", () => {
    const norm = {
      rows: 1,
      columns: 512,
      epsilon: 0,
      x: numbers(1, 512).map((value) => 1000 + value),
      weight: new Float32Array(512).fill(1),
      bias: new Float32Array(512),
    };
    expect(worst(compute(norm).out, reference(norm, norm.x, norm.weight, norm.bias))).toBeLessThan(1e-3);
  });

  test("a constant row becomes the bias", () => {
    const norm = { rows: 1, columns: 6, epsilon: 1e-5, x: new Float32Array(6).fill(7), weight: numbers(1, 6), bias: numbers(2, 6) };
    const { out, means, scales } = compute(norm);
    expect(out).toEqual(norm.bias);
    expect([...means, ...scales].map((value) => Math.round(value * 100) / 100)).toEqual([7, 316.23]);
  });
});
