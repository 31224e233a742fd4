import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

const DTYPES = ["float32", "int32", "bool"] as const;
const PAIRS = DTYPES.flatMap((from) => DTYPES.map((to) => [from, to] as const));

/** Numbers as a tensor of a type: the host's, or ones that an operation made. */
function made(dtype: (typeof DTYPES)[number], computed: boolean): tf.Tensor {
  const host = tf.tensor1d(dtype === "float32" ? [1.7, -2.5, 0, 3e9, 0.5] : [1, 0, 0, 1, 1], dtype);
  if (!computed) return host;
  return dtype === "bool" ? tf.logicalNot(host) : tf.add(host, tf.onesLike(host));
}

describe("cast on simd", () => {
  it.each(PAIRS)("from %s to %s gives the CPU backend's numbers, of the host's and of computed tensors", async (from, to) => {
    await expectSameOnBoth(useBackend, () => [false, true].map((computed) => tf.cast(made(from, computed), to)));
  });

  it.each(PAIRS)("from %s to %s gives numbers that kernels can read", async (from, to) => {
    await expectSameOnBoth(useBackend, () => {
      const x = tf.cast(tf.cast(made(from, true), to), "float32");
      return [tf.mul(x, 2), tf.sum(x), tf.matMul(tf.reshape(x, [1, 5]), tf.ones([5, 2])), tf.relu(x)];
    });
  });

  it("makes masks that can be multiplied and counted", async () => {
    await expectSameOnBoth(useBackend, () => {
      const mask = tf.cast(tf.greater(tf.tensor1d([3, -1, 2, -5]), 0), "float32");
      return [tf.mul(mask, tf.tensor1d([10, 20, 30, 40])), tf.sum(mask), tf.mean(mask)];
    });
  });

  it("makes indices that gather can use", async () => {
    await expectSameOnBoth(useBackend, () =>
      tf.gather(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        tf.cast(tf.tensor1d([true, false, true]), "int32"),
      ),
    );
  });
});

describe("cast", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("gives a tensor that outlives the one it came from, and leaks nothing", () => {
    expectNoLeak(() => {
      for (const [from, to] of PAIRS) {
        const x = tf.tidy(() => made(from, true));
        const y = tf.cast(x, to);
        x.dispose();
        expect(y.dataSync().length).toBe(5);
        y.dispose();
      }
    });
  });
});
