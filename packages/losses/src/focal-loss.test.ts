import { useBackend, valueAndGrad } from "@refrain/core";
import { add, type Tensor, tensor1d, type Tensor1D, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { crossEntropy } from "./cross-entropy.ts";
import { focalLoss } from "./focal-loss.ts";

const int = (labels: number[]) => tensor1d(labels, "int32");
const GAMMAS = [0, 0.5, 1, 2, 5];

/** Eq. 5 of the paper, row by row: the mean over the rows whose label is a class. */
function defined(logits: ArrayLike<number>, classes: number, labels: readonly number[], gamma: number, weights?: readonly number[]): number {
  const losses = labels.flatMap((label, row) => {
    if (label < 0 || label >= classes) return [];
    const z = Array.from(logits).slice(row * classes, (row + 1) * classes);
    const p = Math.exp(z[label] as number) / z.reduce((sum, x) => sum + Math.exp(x), 0);
    return [-(weights?.[label] ?? 1) * (1 - p) ** gamma * Math.log(p)];
  });
  return losses.reduce((a, b) => a + b, 0) / Math.max(losses.length, 1);
}

const cases = fc.record({
  classes: fc.integer({ min: 2, max: 9 }),
  labels: fc.array(fc.integer({ min: -1, max: 9 }), { minLength: 1, maxLength: 7 }),
  gamma: fc.constantFrom(...GAMMAS),
  weighted: fc.boolean(),
  seed: fc.nat(1000),
});
const weightsOf = (classes: number) => Array.from({ length: classes }, (_, i) => 0.5 + i);

describe.each(BACKENDS)("focalLoss on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the paper's mean over the labels that are classes, with and without weights", () => {
    fc.assert(
      fc.property(cases, ({ classes, labels, gamma, weighted, seed }) =>
        tidy(() => {
          const logits = some([labels.length, classes], seed),
            weights = weighted ? weightsOf(classes) : undefined;
          const found = focalLoss(logits, int(labels), { gamma, weights: weights && tensor1d(weights) });
          expectClose(found.dataSync(), [defined(logits.dataSync(), classes, labels, gamma, weights)], 1e-4);
        }),
      ),
      { numRuns: 80 },
    );
  });

  it("is cross-entropy at gamma 0, and uses gamma 2 where none is given", () => {
    const logits = some([4, 5], 1),
      labels = int([0, 4, 2, -1]);
    expectClose(focalLoss(logits, labels, { gamma: 0 }).dataSync(), crossEntropy(logits, labels).dataSync());
    expectClose(focalLoss(logits, labels).dataSync(), focalLoss(logits, labels, { gamma: 2 }).dataSync());
  });

  it("counts an easy item less the larger gamma is", () => {
    const easy = tensor2d([[3, 0, 0]]);
    const losses = GAMMAS.map((gamma) => focalLoss(easy, int([0]), { gamma }).dataSync()[0] as number);
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(losses[4]).toBeLessThan((losses[0] as number) / 1000);
  });

  it.each(GAMMAS)("has true gradients at gamma %d, with weights and without", (gamma) => {
    const labels = int([2, -100, 0, 3]);
    expectTrueGradients((logits: Tensor) => focalLoss(logits, labels, { gamma }), some([4, 4], 3));
    const both = { logits: some([4, 4], 3), weights: tensor1d([0.5, 1, 2, 3]) };
    expectTrueGradients(({ logits, weights }: typeof both) => focalLoss(logits, labels, { gamma, weights: weights as Tensor1D }), both);
  });

  it.each(GAMMAS)("stays finite at gamma %d, with its gradients, for items that are all but certain", (gamma) => {
    const sure = tensor2d([
      [50, 0, 0],
      [200, -200, 0],
      [-200, 200, 0],
    ]);
    const { value, gradients } = valueAndGrad((logits: Tensor) => focalLoss(logits, int([0, 0, 0]), { gamma }))(sure);
    expect([...value.dataSync(), ...gradients.dataSync()].every(Number.isFinite)).toBe(true);
    expectClose(value.dataSync(), [400 / 3], 1e-3);
    expectClose(gradients.dataSync().slice(0, 6), [0, 0, 0, 0, 0, 0]);
  });

  it.each(GAMMAS)("is the same at gamma %d for logits that are all 10,000 more, and finite with its gradients where one is minus infinity", (gamma) => {
    const loss = valueAndGrad((z: Tensor) => focalLoss(z, int([0, 2]), { gamma, weights: tensor1d([1, 2, 3]) }));
    const logits = tensor2d([
      [0.5, 1, -2],
      [3, 0, 1.5],
    ]);
    const [near, far] = [loss(logits), loss(add(logits, 1e4))];
    expectClose(far.value.dataSync(), near.value.dataSync(), 1e-3);
    expectClose(far.gradients.dataSync(), near.gradients.dataSync(), 1e-3);
    const masked = loss(
      tensor2d([
        [0.5, Number.NEGATIVE_INFINITY, 1],
        [0, Number.NEGATIVE_INFINITY, 0],
      ]),
    );
    expect([...masked.value.dataSync(), ...masked.gradients.dataSync()].every(Number.isFinite)).toBe(true);
    expectClose([masked.gradients.dataSync()[1] as number, masked.gradients.dataSync()[4] as number], [0, 0], 1e-30);
  });

  it("is 0, with gradients of 0, where every label is ignored", () => {
    const { value, gradients } = valueAndGrad((logits: Tensor) => focalLoss(logits, int([-1, 3]), { weights: tensor1d([1, 2, 3]) }))(some([2, 3], 1));
    expectClose([...value.dataSync(), ...gradients.dataSync()], [0, 0, 0, 0, 0, 0, 0], 0);
  });

  it("refuses a negative gamma, weights of another number, and labels that do not fit", () => {
    for (const gamma of [-1, Number.NaN])
      expect(() => focalLoss(zeros([1, 2]), int([0]), { gamma })).toThrow(`focalLoss: gamma must be 0 or more, but is ${gamma}.`);
    expect(() => focalLoss(zeros([1, 3]), int([0]), { weights: tensor1d([1, 2]) })).toThrow(
      "one weight for each of the 3 classes must be given, but the weights are [2].",
    );
    expect(() => focalLoss(zeros([2, 3]), int([0]))).toThrow("logits are [2,3] and labels [1]");
  });

  it("leaks nothing", () => {
    const logits = some([3, 4], 1),
      labels = int([0, 1, -1]),
      weights = tensor1d([1, 2, 3, 4]);
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => focalLoss(x, labels, { weights }))(logits)));
  });
});

describe("focalLoss", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, labels, gamma, weighted, seed }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const weights = weighted ? tensor1d(weightsOf(classes)) : undefined;
            const { value, gradients } = valueAndGrad((x: Tensor) => focalLoss(x, int(labels), { gamma, weights }))(some([labels.length, classes], seed, 3));
            return [value, gradients];
          },
          1e-4,
        );
      }),
      { numRuns: 40 },
    );
  });
});
