import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectClose, expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

const sizes = fc.integer({ min: 1, max: 33 });
const flips = fc.boolean();

/** The product from its definition: all products of pairs, summed over the inner axis. */
function defined(a: tf.Tensor, b: tf.Tensor, ta: boolean, tb: boolean): tf.Tensor {
  const upright = (x: tf.Tensor, flip: boolean) => {
    const axes = [...x.shape.keys()];
    return flip ? tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]) : x;
  };
  return tf.sum(tf.mul(tf.expandDims(upright(a, ta), -1), tf.expandDims(upright(b, tb), -3)), -2);
}

/** Leading axes of two operands that broadcast. */
const batches = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), flips, flips), { maxLength: 2 })
  .chain((axes) => fc.tuple(fc.constant(axes.map(([extent, one]) => (one ? 1 : extent))), fc.constant(axes.map(([extent, , one]) => (one ? 1 : extent)))));

const turned = (rows: number, columns: number, transposed: boolean): [number, number] => (transposed ? [columns, rows] : [rows, columns]);

describe("matMul on simd", () => {
  it("gives the product for all sizes, transposes and batches that broadcast", async () => {
    await useBackend("simd");
    fc.assert(
      fc.property(fc.tuple(sizes, sizes, sizes), flips, flips, batches, fc.nat(1000), ([rows, depth, columns], ta, tb, [batchA, batchB], seed) =>
        tf.tidy(() => {
          const a = some([...batchA, ...turned(rows, depth, ta)], seed),
            b = some([...batchB, ...turned(depth, columns, tb)], seed + 1);
          const [found, expected] = [tf.matMul(a, b, ta, tb), defined(a, b, ta, tb)];
          expect(found.shape).toEqual(expected.shape);
          expectClose(found.dataSync(), expected.dataSync(), 1e-4);
        }),
      ),
      { numRuns: 200 },
    );
  });

  const fusedProduct = (activation: "linear" | "relu" | "sigmoid" | "elu" | "relu6") => async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(sizes, sizes, sizes), flips, async ([rows, depth, columns], transposeB) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const [a, b] = [some([rows, depth], 1), some(turned(depth, columns, transposeB), 2)];
            return tf.fused.matMul({ a, b, transposeB, bias: some([columns], 3), activation });
          },
          1e-4,
        );
      }),
      { numRuns: 40 },
    );
  };

  it("adds the bias of a fused product", fusedProduct("linear"));

  it.each(["relu", "sigmoid", "elu", "relu6"] as const)("applies the activation of a fused product: %s", async (activation) => {
    await fusedProduct(activation)();
  });

  it("adds a bias of another form than one row", async () => {
    await expectSameOnBoth(useBackend, () => tf.fused.matMul({ a: some([2, 3], 1), b: some([3, 4], 2), bias: tf.scalar(5) }));
    await expectSameOnBoth(useBackend, () => tf.fused.matMul({ a: some([2, 3], 1), b: some([3, 2], 2), bias: some([2, 2], 3) }));
    // One number for each row, of which there are as many as columns.
    await expectSameOnBoth(useBackend, () => tf.fused.matMul({ a: some([2, 3], 1), b: some([3, 2], 2), bias: some([2, 1], 3) }));
  });

  it.each([
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
    [0, 0, 0],
  ])("gives [%d, %d] times [.., %d] its shape where a size is zero, and zeros for a sum of nothing", async (rows, depth, columns) => {
    await useBackend("simd");
    tf.tidy(() => {
      // What lay in the memory before must not show through.
      tf.tidy(() => void tf.add(tf.fill([rows, columns], 7), 1));
      const product = tf.matMul(tf.zeros([rows, depth]), tf.zeros([depth, columns]));
      expect(product.shape).toEqual([rows, columns]);
      expect([...product.dataSync()]).toEqual(new Array(rows * columns).fill(0));
    });
  });

  it("multiplies whole numbers as the CPU backend does", async () => {
    await expectSameOnBoth(useBackend, () =>
      tf.matMul(
        tf.tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          "int32",
        ),
        tf.tensor2d([[5], [6]], [2, 1], "int32"),
      ),
    );
    await expectSameOnBoth(useBackend, () =>
      tf.matMul(
        tf.tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          "int32",
        ),
        tf.tensor2d([[0.5], [6]]),
      ),
    );
  });

  it("gives the CPU backend's gradients by both operands", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(sizes, sizes, sizes), flips, flips, fc.constantFrom([], [3], [2, 2]), async ([rows, depth, columns], ta, tb, batch) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const f = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(tf.matMul(a, b, ta, tb))) as tf.Scalar;
            return tf.grads(f)([some([...batch, ...turned(rows, depth, ta)], 1, 0.3), some([...batch, ...turned(depth, columns, tb)], 2, 0.3)]);
          },
          1e-4,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("matMul of matrices that do not fit", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("says which inner sizes must agree, and keeps nothing of the attempt", () => {
    const a = tf.zeros([2, 3]),
      b = tf.zeros([5, 4]);
    expectNoLeak(() => {
      expect(() => tf.matMul(a, b)).toThrow("matMul: the inner sizes must agree, but [2,3] times [5,4] has 3 and 5.");
      expect(() => tf.matMul(a, b, true, true)).toThrow("matMul: the inner sizes must agree, but [2,3] transposed times [5,4] transposed has 2 and 4.");
    });
  });
});
