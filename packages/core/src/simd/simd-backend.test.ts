import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { memoryInUse, useBackend } from "../use-backend.ts";
import { workbench } from "./workbench.ts";

beforeEach(async () => {
  await useBackend("simd");
});

describe("tensors of no numbers", () => {
  it.each([[[0]], [[0, 3]], [[2, 0, 4]]])("of shape %j go through every kind of operation", async (shape) => {
    await expectSameOnBoth(useBackend, () => {
      const x = tf.zeros(shape);
      return [
        tf.add(x, 1),
        tf.mul(x, x),
        tf.exp(x),
        tf.relu(x),
        tf.reshape(x, [-1, 0].slice(0, 1)),
        tf.concat([x, x]),
        tf.transpose(x),
        tf.cast(x, "int32"),
        tf.sum(x),
      ];
    });
  });
});

describe("the CPU backend's operations on simd", () => {
  it("give its numbers for what kernels computed before", async () => {
    await expectSameOnBoth(useBackend, () => {
      const x = tf.add(some([3, 4], 1), 1),
        halves = tf.split(x, 2, 1);
      return [
        tf.concat(halves, 0),
        tf.pad(x, [
          [1, 0],
          [0, 2],
        ]),
        tf.slice(x, [1, 1], [2, 2]),
        tf.tile(x, [2, 1]),
        tf.where(tf.greater(x, 0), x, tf.zerosLike(x)),
        tf.oneHot(tf.argMax(x, 1), 4),
        tf.cumsum(x, 1),
        tf.reverse(x, 1),
        tf.topk(x, 2).values,
        tf.pow(x, 2),
        tf.log(tf.abs(x)),
        tf.clipByValue(x, 0, 1),
        tf.stack(halves),
      ];
    });
  });

  it("give its complex numbers and strings", async () => {
    await expectSameOnBoth(useBackend, () => {
      const z = tf.fft(tf.complex(tf.add(some([2, 4], 1), 0), some([2, 4], 2)));
      return [tf.real(z), tf.imag(z), tf.abs(z)];
    });
    tf.tidy(() => {
      const words = tf.tensor1d(["kuin", "mies", ""]);
      expect(tf.concat([tf.slice(words, [1], [2]), words]).dataSync()).toEqual(["mies", "", "kuin", "mies", ""] as never);
    });
  });

  it("find where something holds, whose number is known only then", async () => {
    const found = await tf.whereAsync(tf.greater(tf.tensor1d([1, -1, 5]), 0));
    expect([...found.dataSync()]).toEqual([0, 2]);
    const kept = await tf.booleanMaskAsync(tf.add(tf.tensor1d([1, 2, 3]), 0), tf.tensor1d([true, false, true]));
    expect([...kept.dataSync()]).toEqual([1, 3]);
  });
});

describe("data of simd", () => {
  it("moves to the CPU backend and back with live tensors", async () => {
    const shared = tf.mul(tf.tensor1d([1, 2, 3]), 2),
      view = tf.reshape(shared, [3, 1]);
    const whole = tf.tensor1d([4, 5], "int32"),
      mask = tf.tensor1d([true, false]),
      words = tf.tensor1d(["a"]);
    for (const backend of ["cpu", "simd", "cpu", "simd"] as const) {
      await tf.setBackend(backend);
      expect([...tf.tidy(() => tf.add(shared, 1).dataSync())], backend).toEqual([3, 5, 7]);
      expect([...tf.tidy(() => tf.mul(view, view).dataSync())], backend).toEqual([4, 16, 36]);
      expect([[...whole.dataSync()], [...mask.dataSync()], words.dataSync()], backend).toEqual([[4, 5], [1, 0], ["a"]]);
    }
    tf.dispose([shared, words]);
    expect([...view.dataSync()]).toEqual([2, 4, 6]);
  });

  it("gives the heap back when another backend takes it over", async () => {
    const before = memoryInUse();
    const x = tf.mul(tf.tensor1d([1, 2, 3]), 2);
    expect(memoryInUse().heapBytes).toBeGreaterThan(before.heapBytes);
    await tf.setBackend("cpu");
    tf.tidy(() => void tf.add(x, 1));
    x.dispose();
    await tf.setBackend("simd");
    expect(memoryInUse().heapBytes).toBeLessThanOrEqual(before.heapBytes + 12);
  });

  it("is read as a copy: who writes to it changes no tensor", () => {
    const x = tf.mul(tf.tensor1d([1, 2, 3]), 2);
    (x.dataSync() as Float32Array).fill(0);
    expect([...x.dataSync()]).toEqual([2, 4, 6]);
  });

  it("stays readable when the heap grows under it", () => {
    tf.tidy(() => {
      const x = tf.add(tf.tensor1d([1, 2, 3]), 0);
      for (let i = 0; i < 4; i++) tf.add(tf.zeros([2 ** 20]), i);
      expect([...tf.add(x, 1).dataSync()]).toEqual([2, 3, 4]);
    });
  });

  it("comes back to nothing after every kind of operation and its gradient", () => {
    const x = some([4, 6], 1),
      weight = some([6, 6], 2),
      table = some([5, 6], 3),
      ids = tf.tensor1d([0, 4, 4, 2], "int32");
    expectNoLeak(() =>
      tf.tidy(() => {
        const f = (x: tf.Tensor, w: tf.Tensor, t: tf.Tensor) => {
          const y = tf.softmax(tf.tanh(tf.add(tf.matMul(x, w), tf.gather(t, ids))));
          return tf.mean(tf.div(tf.square(tf.sub(y, tf.max(y, 1, true))), tf.add(tf.sqrt(y), tf.maximum(y, 0.1))));
        };
        tf.grads(f as never)([x, weight, table]);
      }),
    );
  });
});

describe("what simd tells of itself", () => {
  it("is the memory that tensors hold, to be relied on", () => {
    const before = tf.memory();
    const x = tf.mul(tf.tensor2d([[1, 2, 3]]), 2);
    const after = tf.memory();
    expect(after).toMatchObject({ unreliable: false, numTensors: before.numTensors + 2, numBytes: before.numBytes + 24 });
    x.dispose();
    expect(tf.memory().numBytes).toBe(before.numBytes + 12);
  });

  it("is the time that kernels took, and which ran", async () => {
    const x = some([64, 64], 1);
    const { kernelMs, wallMs } = await tf.time(() => tf.matMul(x, x));
    expect(kernelMs).toBeGreaterThan(0);
    expect(wallMs).toBeGreaterThanOrEqual(kernelMs as number);
    const { kernels, newTensors, newBytes } = await tf.profile(() => tf.exp(tf.matMul(x, x)));
    expect(kernels.map(({ name, outputShapes }) => [name, outputShapes])).toEqual([
      ["BatchMatMul", [[64, 64]]],
      ["Exp", [[64, 64]]],
    ]);
    expect([newTensors, newBytes]).toEqual([2, 2 * 4 * 64 * 64]);
  });

  it("is the error of an operation that fails while it is timed", async () => {
    await expect(tf.time(() => void tf.gather(tf.ones([2, 2]), tf.tensor1d([5], "int32")))).rejects.toThrow(/GatherV2/);
  });
});

describe("workbench", () => {
  it("is there while simd is in use, and only then", async () => {
    expect(workbench()).toBeDefined();
    await useBackend("cpu");
    expect(workbench()).toBeUndefined();
  });

  it("makes tensors that the open scope owns", () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const bench = workbench() as NonNullable<ReturnType<typeof workbench>>;
        expect([...bench.ints(Int32Array.of(3, -4)).dataSync()]).toEqual([3, -4]);
        const made = bench.tensor([2, 2]);
        bench.heap.f32(bench.at(made), 4).fill(9);
        expect([...made.dataSync()]).toEqual([9, 9, 9, 9]);
        expect(bench.at(undefined)).toBe(0);
      }),
    );
  });
});
