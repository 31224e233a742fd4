import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });

/** A table, an axis of it, and indices along that axis in any shape. */
const picks = shapes.chain((shape) =>
  fc.nat(shape.length - 1).chain((axis) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.constant(axis),
      indices: fc.array(fc.nat((shape[axis] as number) - 1), { minLength: 1, maxLength: 12 }),
      seed: fc.nat(1000),
    }),
  ),
);

/** The indices as int32, in two rows where that goes. */
function asTensor(indices: number[]): tf.Tensor {
  return tf.tensor(indices, indices.length % 2 === 0 ? [2, indices.length / 2] : [indices.length], "int32");
}

describe("gather on simd", () => {
  it("picks the CPU backend's rows along any axis, from tables of any type", async () => {
    await fc.assert(
      fc.asyncProperty(picks, fc.constantFrom("float32" as const, "int32" as const, "bool" as const), async ({ shape, axis, indices, seed }, dtype) => {
        await expectSameOnBoth(useBackend, () => tf.gather(tf.cast(some(shape, seed, 5), dtype), asTensor(indices), axis));
      }),
      { numRuns: 120 },
    );
  });

  it("picks within each entry of a batch", async () => {
    await expectSameOnBoth(useBackend, () =>
      tf.gather(
        some([2, 3, 4], 1),
        tf.tensor2d(
          [
            [2, 0],
            [1, 1],
          ],
          [2, 2],
          "int32",
        ),
        1,
        1,
      ),
    );
  });

  it("gives the CPU backend's gradient, where a row is picked many times and another never", async () => {
    await fc.assert(
      fc.asyncProperty(picks, async ({ shape, axis, indices, seed }) => {
        await expectSameOnBoth(useBackend, () => tf.grad((x) => tf.sum(tf.square(tf.gather(x, asTensor(indices), axis))))(some(shape, seed)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives nothing for no indices, and rows of nothing for an empty width", async () => {
    await useBackend("simd");
    tf.tidy(() => {
      expect(tf.gather(some([3, 2], 1), tf.tensor1d([], "int32")).shape).toEqual([0, 2]);
      expect(tf.gather(tf.zeros([3, 0]), tf.tensor1d([2, 1], "int32")).shape).toEqual([2, 0]);
    });
  });

  it.each([
    [[0, 1, 4], 4, 2],
    [[-1, 0], -1, 0],
    [[2 ** 31 - 1], 2 ** 31 - 1, 0],
  ])("names the index of %j that names no row, and keeps nothing of the attempt", async (indices, index, position) => {
    await useBackend("simd");
    const table = some([4, 3], 1),
      wanted = tf.tensor1d(indices, "int32");
    expectNoLeak(() => {
      expect(() => tf.gather(table, wanted)).toThrow(
        `GatherV2: the index value ${index} is not in [0, 3], the rows that the table has. It stands at position ${position}.`,
      );
    });
  });

  it("takes places that the CPU backend's pooling found, which it stores under the type of the numbers", async () => {
    await expectSameOnBoth(useBackend, () => {
      const { indexes } = tf.maxPoolWithArgmax(some([1, 4, 4, 1], 1) as tf.Tensor4D, [2, 2], [2, 2], "valid");
      return tf.gather(some([16, 3], 2), tf.reshape(indexes as tf.Tensor, [-1]));
    });
  });
});

describe("unsortedSegmentSum on simd", () => {
  it("adds up the CPU backend's rows; an index that names no segment is passed over", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 6 }), fc.nat(1000), async (shape, segments, seed) => {
        const ids = Array.from({ length: shape[0] as number }, (_, i) => ((seed + i * 7) % (segments + 2)) - 1);
        await expectSameOnBoth(useBackend, () => tf.unsortedSegmentSum(some(shape, seed), tf.tensor1d(ids, "int32"), segments));
      }),
      { numRuns: 80 },
    );
  });

  it("adds up whole numbers", async () => {
    await expectSameOnBoth(useBackend, () =>
      tf.unsortedSegmentSum(
        tf.tensor2d(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [3, 2],
          "int32",
        ),
        tf.tensor1d([1, 0, 1], "int32"),
        3,
      ),
    );
  });
});

describe("embeddings on simd", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("learn in the rows that were read only", () => {
    const gradient = tf.grad((table) =>
      tf.sum(
        tf.gather(
          table,
          tf.tensor2d(
            [
              [1, 1],
              [3, 1],
            ],
            [2, 2],
            "int32",
          ),
        ),
      ),
    )(tf.ones([5, 2]));
    expect([...gradient.dataSync()]).toEqual([0, 0, 3, 3, 0, 0, 1, 1, 0, 0]);
  });
});
