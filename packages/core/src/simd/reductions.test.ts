import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectSameOnBoth, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

const REDUCTIONS = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min, prod: tf.prod, logSumExp: tf.logSumExp };
type Reduction = (x: tf.Tensor, axis?: number[], keepDims?: boolean) => tf.Tensor;

/** A shape and some of its axes, in any order, some counted from the end. */
const reductions = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc
      .shuffledSubarray([...shape.keys()], { minLength: 1 })
      .chain((axes) => fc.boolean().map((fromEnd) => (fromEnd ? axes.map((axis) => axis - shape.length) : axes))),
    keepDims: fc.boolean(),
    seed: fc.nat(1000),
  }),
);

describe.each(Object.entries(REDUCTIONS) as [string, Reduction][])("%s on simd", (_, reduce) => {
  it("gives the CPU backend's numbers over any axes", async () => {
    await fc.assert(
      fc.asyncProperty(reductions, async ({ shape, axes, keepDims, seed }) => {
        await expectSameOnBoth(useBackend, () => reduce(some(shape, seed), axes, keepDims));
      }),
      { numRuns: 80 },
    );
  });

  it("gives the CPU backend's numbers over all axes, of one number, and of whole numbers", async () => {
    await expectSameOnBoth(useBackend, () => [
      reduce(some([3, 5, 7], 1)),
      reduce(tf.scalar(4)),
      reduce(
        tf.tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          "int32",
        ),
        [1],
      ),
    ]);
  });

  it("gives the CPU backend's gradients", async () => {
    await fc.assert(
      fc.asyncProperty(reductions, async ({ shape, axes, seed }) => {
        if (reduce === tf.prod) return;
        await expectSameOnBoth(useBackend, () => tf.grad((x) => tf.sum(tf.square(reduce(x, axes))))(some(shape, seed)));
      }),
      { numRuns: 30 },
    );
  });
});

describe("reductions on simd", () => {
  it("count what is true", async () => {
    await expectSameOnBoth(useBackend, () => [tf.sum(tf.tensor1d([true, false, true])), tf.sum(tf.greater(some([4, 5], 1), 0), 0)]);
  });

  it("give 0 for the sum of nothing, over empty axes and over none", async () => {
    await expectSameOnBoth(useBackend, () => [tf.sum(tf.zeros([0, 3]), 0), tf.sum(tf.zeros([2, 0]), 1), tf.sum(tf.zeros([0])), tf.sum(some([2, 3], 1), [])]);
  });

  it("keep the last digits of a long sum", async () => {
    await useBackend("simd");
    // Added up one by one in float32, these would give 30,018.
    const found = tf.sum(tf.fill([300_000], 0.1)).dataSync()[0] as number;
    expect(Math.abs(found - 30_000)).toBeLessThan(0.3);
  });

  it("give NaN for the largest where there is one", async () => {
    await expectSameOnBoth(useBackend, () => [
      tf.max(tf.tensor1d([1, Number.NaN, 3])),
      tf.max(
        tf.tensor2d([
          [1, 2],
          [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
        ]),
        1,
      ),
    ]);
  });
});

describe("argMax on simd", () => {
  it("gives the CPU backend's places over any axis, the first of several", async () => {
    await fc.assert(
      fc.asyncProperty(reductions, fc.boolean(), async ({ shape, axes, seed }, coarse) => {
        await expectSameOnBoth(useBackend, () => {
          const x = some(shape, seed);
          return tf.argMax(coarse ? tf.round(x) : x, axes[0] as number);
        });
      }),
      { numRuns: 80 },
    );
  });

  it("finds the place in a row that holds nothing but minus infinity", async () => {
    await expectSameOnBoth(useBackend, () => tf.argMax(tf.fill([2, 7], Number.NEGATIVE_INFINITY), 1));
  });

  it("passes over NaN as the CPU backend does, wherever in a row it stands", async () => {
    const number = fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1, 0, 1, 2);
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 11 })
          .chain((columns) => fc.array(fc.array(number, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 })),
        async (rows) => {
          await expectSameOnBoth(useBackend, () => [tf.argMax(tf.tensor2d(rows), 1), tf.max(tf.tensor2d(rows), 1)]);
        },
      ),
      { numRuns: 100 },
    );
    await useBackend("simd");
    expect([...tf.tidy(() => tf.argMax(tf.tensor1d([0, 3, 5, Number.NaN, 3])).dataSync())]).toEqual([2]);
  });
});

describe("softmax and its logarithm on simd", () => {
  const rows = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 });

  it("give the CPU backend's numbers and gradients for any shape and logits of any size", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(1000), fc.constantFrom(0.1, 1, 30, 1000), async (shape, seed, scale) => {
        await expectSameOnBoth(useBackend, () => [tf.softmax(some(shape, seed, scale)), tf.logSoftmax(some(shape, seed, scale))]);
        await expectSameOnBoth(
          useBackend,
          () => [tf.softmax, tf.logSoftmax].map((f) => tf.grad((x) => tf.sum(tf.mul(f(x), some(shape, 5))))(some(shape, seed))),
          1e-4,
        );
      }),
      { numRuns: 50 },
    );
  });

  it("sum to 1 and give no probability to minus infinity", async () => {
    await useBackend("simd");
    const [a, b, c] = tf.softmax(tf.tensor1d([2, Number.NEGATIVE_INFINITY, 1])).dataSync() as unknown as [number, number, number];
    expect(b).toBe(0);
    expect(a + c).toBeCloseTo(1, 6);
  });
});
