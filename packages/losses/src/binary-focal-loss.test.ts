import { useBackend, valueAndGrad } from "@refrain/core";
import { type Tensor, tensor1d, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { binaryFocalLoss } from "./binary-focal-loss.ts";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";

const GAMMAS = [0, 0.5, 1, 2, 5];

/** Eq. 5 of the paper, item by item. */
function defined(logits: ArrayLike<number>, targets: readonly number[], gamma: number, alpha: number): number {
  const losses = targets.map((target, i) => {
    const p = 1 / (1 + Math.exp(-(logits[i] as number)));
    const [right, weight] = target === 1 ? [p, alpha] : [1 - p, 1 - alpha];
    return -weight * (1 - right) ** gamma * Math.log(right);
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

const cases = fc.record({
  targets: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 12 }),
  gamma: fc.constantFrom(...GAMMAS),
  alpha: fc.constantFrom(0, 0.25, 0.7, 1),
  seed: fc.nat(1000),
});

describe.each(BACKENDS)("binaryFocalLoss on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the paper's mean", () => {
    fc.assert(
      fc.property(cases, ({ targets, gamma, alpha, seed }) =>
        tidy(() => {
          const logits = some([targets.length], seed, 2);
          expectClose(binaryFocalLoss(logits, tensor1d(targets), { gamma, alpha }).dataSync(), [defined(logits.dataSync(), targets, gamma, alpha)], 1e-4);
        }),
      ),
      { numRuns: 80 },
    );
  });

  it("uses gamma 2 and alpha 0.25 where none is given, and takes any shape", () => {
    const logits = tensor2d([
        [1, -2],
        [0.5, 3],
      ]),
      targets = tensor2d([
        [1, 0],
        [0, 1],
      ]);
    expectClose(binaryFocalLoss(logits, targets).dataSync(), [defined([1, -2, 0.5, 3], [1, 0, 0, 1], 2, 0.25)]);
    expect(binaryFocalLoss(logits, targets).shape).toEqual([]);
  });

  it.each(GAMMAS)("has true gradients at gamma %d", (gamma) => {
    expectTrueGradients((logits: Tensor) => binaryFocalLoss(logits, tensor1d([1, 0, 0, 1, 1]), { gamma }), some([5], 4));
  });

  it.each(GAMMAS)("stays finite at gamma %d, with its gradients, for logits far from 0", (gamma) => {
    const { value, gradients } = valueAndGrad((logits: Tensor) => binaryFocalLoss(logits, tensor1d([1, 0, 1, 0]), { gamma, alpha: 0.5 }))(
      tensor1d([500, -500, -500, 500]),
    );
    expectClose(value.dataSync(), [(0.5 * 1000) / 4]);
    expectClose(gradients.dataSync(), [0, 0, -0.125, 0.125]);
  });

  it("refuses gamma and alpha out of range, and shapes that differ", () => {
    for (const gamma of [-1, Number.NaN])
      expect(() => binaryFocalLoss(zeros([1]), zeros([1]), { gamma })).toThrow(`binaryFocalLoss: gamma must be 0 or more, but is ${gamma}.`);
    for (const alpha of [-0.1, 1.1, Number.NaN])
      expect(() => binaryFocalLoss(zeros([1]), zeros([1]), { alpha })).toThrow(`binaryFocalLoss: alpha must be from 0 to 1, but is ${alpha}.`);
    expect(() => binaryFocalLoss(zeros([2, 1]), zeros([2]))).toThrow("binaryFocalLoss: logits [2,1] and targets [2] must have one shape.");
  });

  it("leaks nothing", () => {
    const logits = some([4], 1),
      targets = tensor1d([1, 0, 0, 1]);
    expectNoLeak(() => tidy(() => void valueAndGrad((x: Tensor) => binaryFocalLoss(x, targets))(logits)));
  });
});

describe("binaryFocalLoss", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ targets, gamma, alpha, seed }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const { value, gradients } = valueAndGrad((x: Tensor) => binaryFocalLoss(x, tensor1d(targets), { gamma, alpha }))(some([targets.length], seed, 3));
            return [value, gradients];
          },
          1e-4,
        );
      }),
      { numRuns: 40 },
    );
  });
});
