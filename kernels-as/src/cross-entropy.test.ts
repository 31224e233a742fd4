import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Case = { readonly classes: number; readonly labels: number[]; readonly spread: number; readonly smoothing: number; readonly seed: number };

/** The loss of one row in f64, by its definition; 0 where the label is no class. */
function lossOf(logits: ArrayLike<number>, label: number, smoothing: number): number {
  if (label < 0 || label >= logits.length) return 0;
  const z = Array.from(logits);
  const most = Math.max(...z);
  const logSum = most + Math.log(z.reduce((sum, value) => sum + Math.exp(value - most), 0));
  const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
  return logSum - (1 - smoothing) * (z[label] as number) - smoothing * mean;
}

/** The loss's slope by one logit, as a central difference. */
function slope(logits: Float32Array, label: number, smoothing: number, at: number): number {
  const loss = (by: number) => {
    const moved = Float64Array.from(logits, (value, i) => (i === at ? value + by : value));
    return lossOf(moved, label, smoothing);
  };
  return (loss(1e-5) - loss(-1e-5)) / 2e-5;
}

/** Batches where one label in seven is no class. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 23 }).chain((classes) => {
  const noClass = fc.constantFrom(-1, classes, -100, 2 ** 31 - 1);
  const label = fc.oneof({ weight: 6, arbitrary: fc.nat(classes - 1) }, { weight: 1, arbitrary: noClass });
  return fc.record({
    classes: fc.constant(classes),
    spread: fc.constantFrom(1, 10, 60),
    smoothing: fc.constantFrom(0, 0.1, 0.5, 1),
    seed: fc.nat(),
    labels: fc.array(label, { minLength: 1, maxLength: 6 }),
  });
});

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;

  /** Losses, log-sums and the gradient of a batch. `scales` weighs each row's loss. */
  const compute = (logits: Float32Array, labels: number[], smoothing: number, scales: Float32Array) =>
    onHeap(kernels, (put) => {
      const rows = labels.length;
      const classes = logits.length / rows;
      const z = put(logits).at;
      const wanted = put(Int32Array.from(labels)).at;
      const losses = put(empty(rows));
      const logSums = put(empty(rows));
      const gradient = put(empty(logits.length));
      run.crossEntropyForward(rows, classes, z, wanted, smoothing, losses.at, logSums.at);
      run.crossEntropyBackward(rows, classes, z, wanted, logSums.at, put(scales).at, smoothing, gradient.at);
      return { losses: losses.floats(), logSums: logSums.floats(), gradient: gradient.floats() };
    });
  const one = (logits: number[], label: number, smoothing = 0) => compute(Float32Array.from(logits), [label], smoothing, Float32Array.of(1));

  test("the loss is the label's negative log-likelihood, smoothed; labels that are no class cost nothing", () => {
    fc.assert(
      fc.property(cases, ({ classes, labels, spread, smoothing, seed }) => {
        const logits = numbers(seed, labels.length * classes, spread);
        const { losses } = compute(logits, labels, smoothing, empty(labels.length));
        const want = labels.map((label, row) => lossOf(logits.subarray(row * classes, (row + 1) * classes), label, smoothing));
        expect(worst(losses, want)).toBeLessThan(5e-6);
      }),
    );
  });

  test("the gradient is the loss's slope, weighed by row; nothing flows where the label is no class", () => {
    fc.assert(
      fc.property(cases, ({ classes, labels, spread, smoothing, seed }) => {
        const logits = numbers(seed, labels.length * classes, spread);
        const scales = numbers(seed + 1, labels.length);
        const { gradient } = compute(logits, labels, smoothing, scales);
        const want = Array.from(logits, (_, i) => {
          const row = Math.floor(i / classes);
          return (scales[row] as number) * slope(logits.subarray(row * classes, (row + 1) * classes), labels[row] as number, smoothing, i % classes);
        });
        expect(worst(gradient, want)).toBeLessThan(1e-5);
      }),
    );
  });

  test("an ignored row has a loss and a gradient of exactly 0, whatever its logits", () => {
    const { losses, gradient } = one([Number.NaN, Infinity, 3, 4, 5], -1, 0.1);
    expect([...losses, ...gradient]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("large logits neither overflow nor cancel", () => {
    expect(one([1e6, 1e6], 0, 0.1).losses[0]).toBeCloseTo(Math.LN2, 1);
    expect(one([3e38, -3e38], 0).losses[0]).toBe(0);
    expect(one([0, -Infinity], 1).losses[0]).toBe(Infinity);
  });

  test("the log-sums are those of the rows", () => {
    expect(one([0, 0, 0, 0, 0, 0], 2).logSums[0]).toBeCloseTo(Math.log(6), 6);
  });

  test("the gradient of a row sums to 0 over thousands of classes", () => {
    const { gradient } = compute(numbers(7, 4001, 6), [17], 0.1, Float32Array.of(1));
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
  });
});
