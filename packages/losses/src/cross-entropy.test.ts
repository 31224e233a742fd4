import { useBackend, valueAndGrad } from "@refrain/core";
import { add, mul, type Scalar, sum, type Tensor, tensor1d, type Tensor1D, tensor2d, tensor3d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { crossEntropy } from "./cross-entropy.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";

const int = (labels: number[]) => tensor1d(labels, "int32");

type Found = { readonly value: Tensor; readonly gradients: Tensor };

/** The definition, row by row: the mean over the rows whose label is a class, weighted by the classes' weights. */
function defined(logits: ArrayLike<number>, classes: number, labels: readonly number[], smoothing: number, weights?: readonly number[]): number {
  const weight = (k: number) => weights?.[k] ?? 1;
  let loss = 0,
    total = 0;
  labels.forEach((label, row) => {
    if (label < 0 || label >= classes) return;
    const z = Array.from(logits).slice(row * classes, (row + 1) * classes);
    const largest = Math.max(...z),
      logSum = largest + Math.log(z.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    loss += z.reduce((sum, x, k) => sum + weight(k) * (logSum - x) * ((k === label ? 1 - smoothing : 0) + smoothing / classes), 0);
    total += weight(label);
  });
  return total === 0 ? 0 : loss / total;
}

const cases = fc.record({
  classes: fc.integer({ min: 2, max: 20 }),
  labels: fc.array(fc.integer({ min: -2, max: 21 }), { minLength: 1, maxLength: 8 }),
  smoothing: fc.constantFrom(0, 0.1, 1),
  scale: fc.constantFrom(0.1, 1, 50),
  weighted: fc.boolean(),
  seed: fc.nat(1000),
});
const weightsOf = (classes: number) => Array.from({ length: classes }, (_, i) => 0.25 + (i % 5));

describe.each(BACKENDS)("crossEntropy on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the mean of the definition over the labels that are classes", () => {
    fc.assert(
      fc.property(cases, ({ classes, labels, smoothing, scale, weighted, seed }) =>
        tidy(() => {
          const logits = some([labels.length, classes], seed, scale),
            weights = weighted ? weightsOf(classes) : undefined;
          const found = crossEntropy(logits, int(labels), { smoothing, weights: weights && tensor1d(weights) });
          expectClose(found.dataSync(), [defined(logits.dataSync(), classes, labels, smoothing, weights)], 1e-4);
        }),
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    [0, false, 2.95549483, [-0.31890465, 0.28980777, 0.00530801, 0.02378887]],
    [0, true, 4.11102159, [-0.086974, 0.07903848, 0.00144764, 0.00648787]],
    [0.1, false, 2.87424483, [-0.29390465, 0.28147444, -0.00302532, 0.01545554]],
    [0.1, true, 3.96241322, [-0.07907366, 0.09168316, -0.00269971, -0.00990978]],
  ])("gives PyTorch's numbers with smoothing %d, weighted: %s", (smoothing, weighted, loss, secondRow) => {
    const logits = tensor2d([
      [1.5, -0.5, 2, 0.25],
      [0, 3, -1, 0.5],
      [-2, 0.5, 0.75, 1],
      [1, 1, 1, -3],
    ]);
    const weights = weighted ? tensor1d([0.5, 2, 1, 4]) : undefined;
    const { value, gradients } = valueAndGrad((x: Tensor) => crossEntropy(x, int([2, 0, -100, 3]), { smoothing, weights }))(logits);
    expectClose(value.dataSync(), [loss]);
    expectClose(gradients.dataSync().slice(4, 8), secondRow);
    expectClose(gradients.dataSync().slice(8, 12), [0, 0, 0, 0], 0);
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
    const both = { logits: some([5, 5], 3), weights: tensor1d([0.5, 1, 2, 3, 4]) };
    expectTrueGradients(({ logits, weights }: typeof both) => crossEntropy(logits, labels, { smoothing, weights: weights as Tensor1D }), both);
  });

  it("is 0, with gradients of 0, where every label is ignored or there is none", () => {
    for (const [rows, labels] of [
      [2, [-100, 5]],
      [0, []],
    ] as const) {
      for (const weights of [undefined, tensor1d([1, 2, 3, 4, 5])]) {
        const { value, gradients } = valueAndGrad((logits: Tensor) => crossEntropy(logits, int([...labels]), { weights }))(some([rows, 5], 1));
        expectClose([...value.dataSync(), ...gradients.dataSync()], new Array(1 + rows * 5).fill(0), 0);
      }
    }
  });

  it("is the same for logits that are all 10,000 more", () => {
    const logits = tensor2d([
      [0.5, 1, -2],
      [3, 0, 1.5],
    ]);
    for (const options of [{}, { smoothing: 0.1 }, { smoothing: 0.1, weights: tensor1d([1, 2, 3]) }]) {
      const [near, far] = [logits, add(logits, 1e4)].map((x) => valueAndGrad((z: Tensor) => crossEntropy(z, int([0, 2]), options))(x));
      expectClose((far as Found).value.dataSync(), (near as Found).value.dataSync(), 1e-3);
      expectClose((far as Found).gradients.dataSync(), (near as Found).gradients.dataSync(), 1e-3);
    }
  });

  it("has finite gradients, 0 at the classes that a logit of minus infinity rules out", () => {
    const logits = tensor2d([[1, Number.NEGATIVE_INFINITY, 0.5, Number.NEGATIVE_INFINITY]]);
    for (const weights of [undefined, tensor1d([1, 2, 3, 4])]) {
      const { value, gradients } = valueAndGrad((z: Tensor) => crossEntropy(z, int([0]), { weights }))(logits);
      const p = 1 / (1 + Math.exp(-0.5));
      expectClose(value.dataSync(), [-Math.log(p)]);
      expectClose(gradients.dataSync(), [p - 1, 0, 1 - p, 0]);
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
    for (const weights of [tensor1d([1, 2]), tensor2d([[1, 2, 3]]) as Tensor as Tensor1D])
      expect(() => crossEntropy(zeros([2, 3]), int([0, 1]), { weights })).toThrow(
        `one weight for each of the 3 classes must be given, but the weights are [${weights.shape}].`,
      );
    for (const smoothing of [-0.1, 1.1, Number.NaN])
      expect(() => crossEntropy(zeros([1, 2]), int([0]), { smoothing })).toThrow(`label smoothing must be from 0 to 1, but is ${smoothing}.`);
  });

  it("leaks nothing", () => {
    const logits = some([3, 4], 1),
      labels = int([0, 1, -1]),
      weights = tensor1d([1, 2, 3, 4]);
    expectNoLeak(() => tidy(() => void crossEntropy(logits, labels)));
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => crossEntropy(x, labels, { smoothing: 0.1 }))(logits)));
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => crossEntropy(x, labels, { smoothing: 0.1, weights }))(logits)));
  });
});

describe.each(BACKENDS)("negativeLogLikelihood on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([0, 0.1, 1])("has true gradients of every item with smoothing %d, with weights and without", (smoothing) => {
    const labels = tensor2d([2, -100, 0, 4], [2, 2], "int32");
    expectTrueGradients((logits: Tensor) => negativeLogLikelihood(logits, labels, smoothing), some([2, 2, 4], 3));
    const both = { logits: some([2, 2, 4], 3), weights: tensor1d([0.5, 1, 2, 3]) };
    expectTrueGradients(({ logits, weights }: typeof both) => negativeLogLikelihood(logits, labels, smoothing, weights as Tensor1D), both);
  });
});

describe("negativeLogLikelihood", () => {
  it("gives the same loss of each item, and gradients, on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, labels, smoothing, scale, weighted, seed }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const logits = some([labels.length, classes], seed, scale),
              probe = some([labels.length], 5),
              weights = weighted ? tensor1d(weightsOf(classes)) : undefined;
            const f = (x: Tensor) => sum(mul(negativeLogLikelihood(x, int(labels), smoothing, weights), probe)) as Scalar;
            return [negativeLogLikelihood(logits, int(labels), smoothing, weights), valueAndGrad(f)(logits).gradients];
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
