import * as tf from "@tensorflow/tfjs-core";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { useBackend } from "../use-backend.ts";
import { copyStrided, rowMajor } from "./copy-strided.ts";

const shapes = (least: number) => fc.array(fc.integer({ min: 1, max: 9 }), { minLength: least, maxLength: 4 });

/** A tensor of either type that is moved, of this shape. */
const numbers = (shape: number[], whole: boolean): tf.Tensor => (whole ? tf.cast(tf.mul(some(shape, 3), 100), "int32") : some(shape, 3));

/** A shape, one of its axes, and whether the numbers are whole. */
const axes = shapes(1).chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat({ max: shape.length - 1 }), whole: fc.boolean() }));

async function sameForAll<T>(arbitrary: fc.Arbitrary<T>, compute: (value: T) => tf.Tensor | tf.Tensor[]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitrary, (value) => expectSameOnBoth(useBackend, () => compute(value))),
    { numRuns: 40 },
  );
}

describe("moving numbers on simd is the same as on cpu", () => {
  it("for a slice", () =>
    sameForAll(
      shapes(1).chain((shape) =>
        fc.tuple(...shape.map((extent) => fc.nat({ max: extent - 1 }))).chain((begin) =>
          fc.record({
            shape: fc.constant(shape),
            begin: fc.constant(begin as number[]),
            size: fc.tuple(...shape.map((extent, i) => fc.integer({ min: 0, max: extent - (begin[i] as number) }))),
            whole: fc.boolean(),
          }),
        ),
      ),
      ({ shape, begin, size, whole }) => tf.slice(numbers(shape, whole), begin, size as number[]),
    ));

  it("for a split in equal and in given parts", () =>
    sameForAll(axes, ({ shape, axis, whole }) => {
      const extent = shape[axis] as number;
      const sizes = extent > 1 ? [1, extent - 1] : [1];
      return [...tf.split(numbers(shape, whole), extent, axis), ...tf.split(numbers(shape, whole), sizes, axis)];
    }));

  it("for unstack and stack", () =>
    sameForAll(axes, ({ shape, axis, whole }) => {
      const parts = tf.unstack(numbers(shape, whole), axis);
      return [...parts, tf.stack(parts, axis), tf.stack(parts, (parts[0] as tf.Tensor).rank)];
    }));

  it("for concat, of empty parts too", () =>
    sameForAll(axes, ({ shape, axis, whole }) => [
      tf.concat([numbers(shape, whole), numbers(shape.with(axis, 2), whole), numbers(shape, whole)], axis),
      tf.concat([numbers(shape.with(axis, 0), whole), numbers(shape, whole)], axis),
    ]));

  it("for any order of axes", () =>
    sameForAll(
      shapes(1).chain((shape) =>
        fc.record({ shape: fc.constant(shape), order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }), whole: fc.boolean() }),
      ),
      ({ shape, order, whole }) => tf.transpose(numbers(shape, whole), order),
    ));

  it("for padding", () =>
    sameForAll(axes, ({ shape, axis, whole }) =>
      tf.pad(
        numbers(shape, whole),
        shape.map((_, i) => (i === axis ? [2, 1] : [0, 3]) as [number, number]),
        7,
      ),
    ));

  it("for booleans, which the CPU backend's kernels move", () => expectSameOnBoth(useBackend, () => tf.slice(tf.greater(some([3, 4], 1), 0), [1, 1], [2, 2])));
});

it("moving leaks nothing", async () => {
  await useBackend("simd");
  expectNoLeak(() => tf.tidy(() => void tf.transpose(tf.concat(tf.unstack(some([3, 4, 5], 1), 1), 0))));
});

describe("copyStrided", () => {
  it("puts each entry where the layouts say", () => {
    const from = Float32Array.from({ length: 12 }, (_, i) => i);
    const to = new Float32Array(12).fill(-1);
    // The 2 by 3 box at (1, 1) of a 3 by 4 matrix, turned, from place 2 on.
    copyStrided([2, 3], from, { offset: 5, strides: rowMajor([3, 4]) }, to, { offset: 2, strides: [1, 2] });
    expect([...to]).toEqual([-1, -1, 5, 9, 6, 10, 7, 11, -1, -1, -1, -1]);
  });
});
