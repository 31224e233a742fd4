import { useBackend, valueAndGrad } from "@refrain/core";
import { softmax, type Tensor, type Tensor3D, tensor3d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { coverageLoss } from "./coverage-loss.ts";
import { batchOf } from "./plain.test-helper.ts";

/** Weights as attention gives them: each row sums to 1. */
const someWeights = (batch: number, time: number, keys: number, seed: number) => softmax(some([batch, time, keys], seed, 2)) as Tensor3D;

/** Eq. 12 of the paper, step by step; the mean over the steps that count. */
function plainLoss(weights: Tensor3D, lengths?: readonly number[]): number {
  const losses = batchOf(weights).flatMap((rows, b) => {
    const covered = (rows[0] as number[]).map(() => 0);
    return rows.slice(0, lengths?.[b] ?? rows.length).map((row) => {
      const again = row.reduce((total, weight, j) => total + Math.min(weight, covered[j] as number), 0);
      row.forEach((weight, j) => {
        covered[j] = (covered[j] as number) + weight;
      });
      return again;
    });
  });
  return losses.reduce((a, b) => a + b, 0) / Math.max(losses.length, 1);
}

const cases = fc.record({ time: fc.integer({ min: 1, max: 6 }), keys: fc.integer({ min: 1, max: 5 }), padded: fc.boolean(), seed: fc.nat(99) });
const lengthsOf = ({ time, padded, seed }: { time: number; padded: boolean; seed: number }) =>
  padded ? [seed % (time + 1), (seed + 1) % (time + 1)] : undefined;

describe.each(BACKENDS)("coverageLoss on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the paper's sum of smaller parts, its mean over the steps that count", () => {
    fc.assert(
      fc.property(cases, (drawn) =>
        tidy(() => {
          const weights = someWeights(2, drawn.time, drawn.keys, drawn.seed),
            lengths = lengthsOf(drawn);
          expectClose(coverageLoss(weights, lengths).dataSync(), [plainLoss(weights, lengths)]);
        }),
      ),
      { numRuns: 30 },
    );
  });

  it("is 0 where each step looks elsewhere, and 1 a step after the first where all look at one place", () => {
    expectClose(coverageLoss(tensor3d([1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 3, 3])).dataSync(), [0], 0);
    expectClose(coverageLoss(tensor3d([1, 0, 1, 0, 1, 0, 1, 0], [1, 4, 2])).dataSync(), [3 / 4]);
  });

  it("takes no notice of steps that are padding", () => {
    const [kept, other] = [someWeights(1, 2, 3, 1), someWeights(1, 4, 3, 2)];
    const joined = tensor3d([...kept.dataSync(), ...other.dataSync().slice(6)], [1, 4, 3]);
    expectClose(coverageLoss(joined, [2]).dataSync(), coverageLoss(kept).dataSync());
    expectClose(coverageLoss(joined, [0]).dataSync(), [0], 0);
  });

  it("has true gradients", () => {
    // Numbers at which no weight lies within a step of what covers it.
    const weights = someWeights(2, 4, 3, 4);
    for (const lengths of [undefined, [3, 0]]) expectTrueGradients((w: Tensor) => coverageLoss(w as Tensor3D, lengths), weights, 3e-3, 1e-3);
  });

  it("leaks nothing, and refuses lengths that do not fit", () => {
    const weights = someWeights(2, 3, 3, 1);
    expectNoLeak(() => tidy(() => void valueAndGrad((w: Tensor) => coverageLoss(w as Tensor3D, [2, 3]))(weights)));
    expect(() => coverageLoss(zeros([2, 3, 4]), [1])).toThrow("one for each of the 2 sequences must be given, but there are 1");
    expect(() => coverageLoss(zeros([2, 3, 4]), [1, 4])).toThrow("a whole number from 0 to the batch's 3 steps, but lengths[1] is 4");
  });
});

describe("coverageLoss", () => {
  it("gives the same number and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        await expectSameOnBoth(useBackend, () => {
          const weights = someWeights(2, drawn.time, drawn.keys, drawn.seed);
          const { value, gradients } = valueAndGrad((w: Tensor) => coverageLoss(w as Tensor3D, lengthsOf(drawn)))(weights);
          return [value, gradients];
        });
      }),
      { numRuns: 20 },
    );
  });
});
