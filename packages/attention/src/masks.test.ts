import { useBackend, valueAndGrad } from "@refrain/core";
import { cast, memory, type Scalar, sum, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectTrueGradients, some } from "@refrain-tests/checks";
import { allOf } from "./all-of.ts";
import { causalMask } from "./causal-mask.ts";
import { maskedSoftmax } from "./masked-softmax.ts";
import { paddingMask } from "./padding-mask.ts";
import { windowMask } from "./window-mask.ts";

/** A mask as rows of digits. */
const digits = (mask: Tensor) => (mask.arraySync() as number[][]).map((row) => row.join(""));

describe.each(BACKENDS)("masks on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("causal: each query sees the keys up to its own place", () => {
    expect(digits(causalMask(3))).toEqual(["100", "110", "111"]);
    expect(digits(causalMask(2, 4))).toEqual(["1110", "1111"]); // the last two of four places
    expect(digits(causalMask(3, 2))).toEqual(["00", "10", "11"]);
  });

  it("windowed: each query sees as many keys as the window is long, its own the last of them", () => {
    expect(digits(windowMask(4, 2))).toEqual(["1000", "1100", "0110", "0011"]);
    expect(digits(windowMask(2, 3, 5))).toEqual(["01110", "00111"]);
    expect(digits(windowMask(3, 9))).toEqual(digits(causalMask(3)));
  });

  it("padding: each sequence's first keys are seen", () => {
    const mask = paddingMask([2, 0, 3], 3);
    expect(mask.shape).toEqual([3, 1, 3]);
    expect([...mask.dataSync()]).toEqual([1, 1, 0, 0, 0, 0, 1, 1, 1]);
  });

  it("allOf lets through what each of them does, broadcast", () => {
    const both = allOf([causalMask(3), paddingMask([2, 3], 3)]);
    expect(both.shape).toEqual([2, 3, 3]);
    expect((both.arraySync() as number[][][]).map((rows) => rows.map((row) => row.join("")))).toEqual([
      ["100", "110", "110"],
      ["100", "110", "111"],
    ]);
    const one = causalMask(2);
    expect(allOf([one])).toBe(one);
  });

  it("maskedSoftmax is softmax over what is seen, for masks of numbers and of truths alike", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), fc.nat(99), (seen, seed) => {
        const scores = some([2, 3], seed, 5);
        for (const dtype of ["float32", "int32", "bool"] as const) {
          const weights = maskedSoftmax(scores, cast(tensor2d(seen, [2, 3], "bool"), dtype)).arraySync() as number[][];
          (scores.arraySync() as number[][]).forEach((row, i) => {
            const parts = row.map((score, j) => (seen[3 * i + j] ? Math.exp(score) : 0));
            const total = parts.reduce((a, b) => a + b, 0);
            expectClose(
              weights[i] as number[],
              parts.map((part) => (total === 0 ? 0 : part / total)),
            );
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it("maskedSoftmax has true gradients, 0 where nothing is seen", () => {
    const mask = tensor2d([1, 0, 1, 0, 0, 0, 1, 1, 1], [3, 3]);
    expectTrueGradients((scores: Tensor) => maskedSoftmax(scores, mask), some([3, 3], 2));
    const { gradients } = valueAndGrad((scores: Tensor) => sum(maskedSoftmax(scores, mask)) as Scalar)(some([3, 3], 2));
    expectClose(gradients.dataSync(), new Array(9).fill(0), 1e-6);
  });

  it("make one tensor and no more", () => {
    const before = memory().numTensors;
    const made = [causalMask(3), windowMask(3, 2), paddingMask([1], 3)];
    expect(memory().numTensors - before).toBe(made.length);
  });
});

describe("masks", () => {
  it.each([0, -1, 1.5, Number.NaN])("refuse a window of %d", (window) => {
    expect(() => windowMask(3, window)).toThrow(`windowMask: the window must be a whole number of at least 1, but is ${window}.`);
  });

  it.each([[[-1]], [[4]], [[1, 2.5]]])("refuse the lengths %j of three keys", (lengths) => {
    expect(() => paddingMask(lengths, 3)).toThrow(/each must be a whole number from 0 to the batch's 3 steps/);
  });
});
