import { useBackend, valueAndGrad } from "@refrain/core";
import { mul, type Scalar, sum, type Tensor, tensor1d, tensor2d, tensor3d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { crossEntropy } from "./cross-entropy.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";

const int = (labels: number[]) => tensor1d(labels, "int32");

/** The definition, row by row: the mean over the rows whose label is a class. */
function defined(logits: ArrayLike<number>, classes: number, labels: readonly number[], smoothing: number): number {
  const losses = labels.flatMap((label, row) => {
    if (label < 0 || label >= classes) return [];
    const z = Array.from(logits).slice(row * classes, (row + 1) * classes);
    const largest = Math.max(...z),
      logSum = largest + Math.log(z.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    return [z.reduce((sum, x, k) => sum + (logSum - x) * ((k === label ? 1 - smoothing : 0) + smoothing / classes), 0)];
  });
  return losses.reduce((a, b) => a + b, 0) / Math.max(losses.length, 1);
}

const cases = fc.record({
  classes: fc.integer({ min: 2, max: 20 }),
  labels: fc.array(fc.integer({ min: -2, max: 21 }), { minLength: 1, maxLength: 8 }),
  smoothing: fc.constantFrom(0, 0.1, 1),
  scale: fc.constantFrom(0.1, 1, 50),
  seed: fc.nat(1000),
});

describe.each(BACKENDS)("crossEntropy on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the mean of the definition over the labels that are classes", () => {
    fc.assert(
      fc.property(cases, ({ classes, labels, smoothing, scale, seed }) =>
        tidy(() => {
          const logits = some([labels.length, classes], seed, scale);
          expectClose(crossEntropy(logits, int(labels), { smoothing }).dataSync(), [defined(logits.dataSync(), classes, labels, smoothing)], 1e-4);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("is log(classes) for a model that knows nothing, and 0 for one that is sure and right", () => {
    expectClose(crossEntropy(zeros([3, 7]), int([0, 3, 6])).dataSync(), [Math.log(7)]);
    expectClose(
      crossEntropy(
        tensor2d([
          [100, 0, 0],
          [0, 0, 1000],
        ]),
        int([0, 2]),
      ).dataSync(),
      [0],
    );
  });

  it("takes logits and labels of any rank", () => {
    const logits = some([2, 3, 4], 1),
      labels = [1, 2, -100, 0, 3, 1];
    expectClose(crossEntropy(logits, tensor2d(labels, [2, 3], "int32")).dataSync(), [defined(logits.dataSync(), 4, labels, 0)]);
    expect(crossEntropy(logits, tensor2d(labels, [2, 3], "int32")).shape).toEqual([]);
  });

  it.each([0, 0.1, 1])("has true gradients with smoothing %d; ignored labels get none", (smoothing) => {
    const labels = int([2, -100, 0, 4, 9]);
    expectTrueGradients((logits: Tensor) => crossEntropy(logits, labels, { smoothing }), some([5, 5], 3));
    const { gradients } = valueAndGrad((logits: Tensor) => crossEntropy(logits, labels, { smoothing }))(some([5, 5], 3));
    expectClose([...gradients.dataSync().slice(5, 10), ...gradients.dataSync().slice(20)], new Array(10).fill(0), 0);
  });

  it("is 0, with gradients of 0, where every label is ignored or there is none", () => {
    for (const [rows, labels] of [
      [2, [-100, 5]],
      [0, []],
    ] as const) {
      const { value, gradients } = valueAndGrad((logits: Tensor) => crossEntropy(logits, int([...labels])))(some([rows, 5], 1));
      expectClose([...value.dataSync(), ...gradients.dataSync()], new Array(1 + rows * 5).fill(0), 0);
    }
  });

  it("stays finite for logits far apart", () => {
    const { value, gradients } = valueAndGrad((logits: Tensor) => crossEntropy(logits, int([1])))(tensor2d([[1e4, -1e4]]));
    expectClose(value.dataSync(), [2e4]);
    expectClose(gradients.dataSync(), [1, -1]);
  });

  it("refuses labels of another shape or type, and smoothing out of range", () => {
    expect(() => crossEntropy(zeros([2, 3]), int([0]))).toThrow(
      "logits must have the labels' shape and a last axis of classes, but logits are [2,3] and labels [1].",
    );
    expect(() => crossEntropy(tensor3d([1, 2], [1, 1, 2]), int([0]))).toThrow("logits are [1,1,2] and labels [1]");
    expect(() => crossEntropy(zeros([2, 3]), tensor1d([0, 1]))).toThrow("the labels must be int32, but are float32.");
    for (const smoothing of [-0.1, 1.1, Number.NaN])
      expect(() => crossEntropy(zeros([1, 2]), int([0]), { smoothing })).toThrow(`label smoothing must be from 0 to 1, but is ${smoothing}.`);
  });

  it("leaks nothing", () => {
    const logits = some([3, 4], 1),
      labels = int([0, 1, -1]);
    expectNoLeak(() => tidy(() => void crossEntropy(logits, labels)));
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => crossEntropy(x, labels, { smoothing: 0.1 }))(logits)));
  });
});

describe("negativeLogLikelihood", () => {
  it("gives the same loss of each item, and gradients, on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, labels, smoothing, scale, seed }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const logits = some([labels.length, classes], seed, scale),
              weights = some([labels.length], 5);
            const f = (x: Tensor) => sum(mul(negativeLogLikelihood(x, int(labels), smoothing), weights)) as Scalar;
            return [negativeLogLikelihood(logits, int(labels), smoothing), valueAndGrad(f)(logits).gradients];
          },
          1e-4,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same on both for a single class", async () => {
    await expectSameOnBoth(useBackend, () => negativeLogLikelihood(zeros([2, 1]), int([0, -1])));
  });

  it("gives the same on both where a class is ruled out by a logit of minus infinity", async () => {
    await expectSameOnBoth(useBackend, () => negativeLogLikelihood(tensor2d([[0, 1, Number.NEGATIVE_INFINITY]]), int([1])));
  });

  it("gives the same on both for logits that are whole numbers", async () => {
    await expectSameOnBoth(useBackend, () => negativeLogLikelihood(tensor2d([[1, 2, 3]], [1, 3], "int32"), int([0])));
  });
});
