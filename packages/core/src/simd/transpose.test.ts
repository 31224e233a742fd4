import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectNoLeak, expectSameOnBoth, some } from "@refrain-tests/checks";
import { memoryInUse, useBackend } from "../use-backend.ts";

describe("transpose on simd", () => {
  const turns = fc.array(fc.constantFrom(1, 1, 2, 3, 5), { maxLength: 5 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    }),
  );

  it("gives the CPU backend's order of axes for all types, and its gradient", async () => {
    await fc.assert(
      fc.asyncProperty(turns, fc.constantFrom("float32" as const, "int32" as const, "bool" as const), async ({ shape, order }, dtype) => {
        await expectSameOnBoth(useBackend, () => tf.transpose(tf.cast(some(shape, 3, 5), dtype), order));
        await expectSameOnBoth(useBackend, () =>
          tf.grad((x) =>
            tf.sum(
              tf.mul(
                tf.transpose(x, order),
                some(
                  order.map((axis) => shape[axis] as number),
                  4,
                ),
              ),
            ),
          )(some(shape, 5)),
        );
      }),
      { numRuns: 120 },
    );
  });

  it("goes on to work when the tensor it came from is gone, without copying where only axes of one element move", async () => {
    await useBackend("simd");
    const source = some([3, 1, 2], 1);
    expectNoLeak(() => {
      const x = tf.mul(source, source);
      const held = memoryInUse().heapBytes;
      const expected = [...x.dataSync()];
      const turned = tf.transpose(x, [1, 0, 2]);
      expect(memoryInUse().heapBytes).toBe(held);
      x.dispose();
      expect([...tf.tidy(() => tf.add(turned, 0).dataSync())]).toEqual(expected);
      turned.dispose();
    });
  });
});
