import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

/** A complex tensor of numbers that kernels computed. */
const computed = (): tf.Tensor => tf.complex(tf.add(some([2, 4], 1), 1), tf.mul(some([2, 4], 2), 2));

describe("complex tensors on simd", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it("give the CPU backend's numbers, read whole and by their parts", async () => {
    await expectSameOnBoth(useBackend, () => {
      const z = computed();
      return [z, tf.real(z), tf.imag(z), tf.abs(z), tf.reshape(z, [8]), tf.clone(z), tf.onesLike(z)];
    });
  });

  it("are added, multiplied, joined and transformed as on the CPU backend, with real numbers too", async () => {
    await expectSameOnBoth(useBackend, () => {
      const z = computed();
      return [tf.add(z, z), tf.sub(z, tf.ones([4])), tf.mul(z, z), tf.concat([z, z], 1), tf.fft(z), tf.ifft(z), tf.cast(some([3], 3), "complex64")];
    });
  });

  it("are refused by operations that know real numbers only, in the CPU backend's words", async () => {
    const words: string[] = [];
    for (const backend of ["simd", "cpu"] as const) {
      await useBackend(backend);
      tf.tidy(() => {
        try {
          tf.max(computed());
        } catch (error) {
          words.push((error as Error).message);
        }
      });
    }
    expect(words).toEqual(["max does not support complex64 tensors in the CPU backend.", "max does not support complex64 tensors in the CPU backend."]);
  });

  it("come over from another backend with their parts, which go when they go", async () => {
    await useBackend("cpu");
    const z = tf.complex([1, 2], [3, 4]);
    await useBackend("simd");
    const held = tf.engine().backend.numDataIds();
    expect([...tf.tidy(() => tf.imag(tf.mul(z, z)).dataSync())]).toEqual([6, 16]);
    expect(tf.engine().backend.numDataIds()).toBe(held + 3);
    expect([...z.dataSync()]).toEqual([1, 3, 2, 4]);
    z.dispose();
    expect(tf.engine().backend.numDataIds()).toBe(held);
  });

  it("leave nothing behind", () => {
    expectNoLeak(() => tf.tidy(() => void tf.real(tf.mul(computed(), computed())).dataSync()));
  });
});
