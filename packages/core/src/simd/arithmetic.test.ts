import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";

const BINARY = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, maximum: tf.maximum, minimum: tf.minimum, squaredDifference: tf.squaredDifference };
/** These take whole numbers too. */
const LOOSE = { exp: tf.exp, relu: tf.relu, neg: tf.neg, abs: tf.abs, square: tf.square, reciprocal: tf.reciprocal, step: tf.step };
const UNARY = { ...LOOSE, sigmoid: tf.sigmoid, tanh: tf.tanh, sqrt: tf.sqrt, rsqrt: tf.rsqrt };
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Unary = (x: tf.Tensor) => tf.Tensor;

const extents = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }) });
const shapes = fc.array(extents, { maxLength: 4 });

/** Two shapes that broadcast: of the full one, each drops leading axes and has 1 in place of some others. */
const pairs = shapes.chain((full) => {
  const operand = fc
    .tuple(fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.oneof(fc.constant(0), fc.nat(full.length)))
    .map(([ones, dropped]) => full.map((extent, axis) => (ones[axis] ? 1 : extent)).slice(dropped));
  return fc.tuple(fc.oneof(fc.constant(full), operand), fc.oneof(fc.constant(full), operand));
});

const SPECIAL = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1, 1e30, -1e30, 1e-30, 80, -80];

describe.each(Object.entries(BINARY) as [string, Binary][])("%s on simd", (_, op) => {
  it("gives the CPU backend's numbers for any shapes that broadcast", async () => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat(1000), async ([a, b], seed) => {
        await expectSameOnBoth(useBackend, () => op(some(a, seed), some(b, seed + 1)));
      }),
      { numRuns: 80 },
    );
  });

  it("treats NaN, the infinities and signed zeros as the CPU backend does", async () => {
    await expectSameOnBoth(useBackend, () => {
      const column = tf.tensor2d(SPECIAL, [SPECIAL.length, 1]),
        row = tf.tensor1d(SPECIAL);
      return tf.abs(op(column, row));
    });
  });

  it.each([
    ["int32", "int32"],
    ["int32", "float32"],
    ["float32", "bool"],
    ["bool", "int32"],
  ] as const)("computes %s with %s", async (left, right) => {
    await expectSameOnBoth(useBackend, () =>
      op(
        tf.tensor2d(
          [
            [1, 0, 1],
            [1, 1, 0],
          ],
          [2, 3],
          left,
        ),
        tf.tensor1d([1, 1, 1], right),
      ),
    );
  });
});

describe.each(Object.entries(UNARY) as [string, Unary][])("%s on simd", (_, op) => {
  it("gives the CPU backend's numbers for any shape", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(1000), fc.constantFrom(0.1, 1, 10), async (shape, seed, scale) => {
        await expectSameOnBoth(useBackend, () => op(some(shape, seed, scale)));
      }),
      { numRuns: 80 },
    );
  });

  it("treats NaN, the infinities and zeros as the CPU backend does", async () => {
    await expectSameOnBoth(useBackend, () => op(tf.tensor1d(SPECIAL.filter((x) => !Object.is(x, -0)))));
  });
});

describe.each(Object.entries(LOOSE) as [string, Unary][])("%s on simd", (_, op) => {
  it.each(["int32", "bool"] as const)("computes %s", async (dtype) => {
    await expectSameOnBoth(useBackend, () => op(tf.tensor1d([1, 0, 1, 1, 0], dtype)));
  });
});

describe("arithmetic on simd", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("computes a step with a slope below zero, which the kernel does not know", async () => {
    await expectSameOnBoth(useBackend, () => tf.step(tf.tensor1d([-2, 0, 3, Number.NaN]), 0.5));
  });

  it("leaves the operands as they were, also when they are the same tensor", () => {
    const x = tf.tensor1d([1, 2, 3, 4, 5]);
    const twice = tf.add(x, x),
      zero = tf.sub(twice, twice);
    expect([...x.dataSync()]).toEqual([1, 2, 3, 4, 5]);
    expect([...twice.dataSync()]).toEqual([2, 4, 6, 8, 10]);
    expect([...zero.dataSync()]).toEqual([0, 0, 0, 0, 0]);
  });

  it("refuses shapes that do not broadcast, and keeps nothing of the attempt", () => {
    const a = tf.zeros([2, 3]),
      b = tf.zeros([2, 2]);
    expectNoLeak(() => {
      expect(() => tf.add(a, b)).toThrow(/broadcast/);
    });
  });
});
