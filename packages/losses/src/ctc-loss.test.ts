import { useBackend, valueAndGrad } from "@refrain/core";
import { add, type Tensor, tensor3d, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { ctcCollapse } from "./ctc-collapse.ts";
import { ctcLoss } from "./ctc-loss.ts";

/** Every alignment of a length. */
function allAlignments(classes: number, length: number): number[][] {
  if (length === 0) return [[]];
  return allAlignments(classes, length - 1).flatMap((path) => Array.from({ length: classes }, (_, token) => [...path, token]));
}

/** The loss of one sequence by enumeration. `logits` [time][classes] */
function defined(logits: number[][], labels: readonly number[], blank: number): number {
  const probabilities = logits.map((row) => row.map((z) => Math.exp(z) / row.reduce((sum, other) => sum + Math.exp(other), 0)));
  const agreeing = allAlignments(logits[0]?.length ?? 0, logits.length).filter((path) => ctcCollapse(path, blank).join() === labels.join());
  const all = agreeing.map((path) => path.reduce((product, token, t) => product * (probabilities[t]?.[token] as number), 1));
  return -Math.log(all.reduce((a, b) => a + b));
}

/** Sequences whose labels some alignment collapses to, so that each is long enough for them. */
const cases = fc
  .record({ classes: fc.integer({ min: 2, max: 3 }), time: fc.integer({ min: 1, max: 5 }), seed: fc.nat(1000) })
  .chain(({ classes, time, seed }) =>
    fc.record({
      classes: fc.constant(classes),
      time: fc.constant(time),
      seed: fc.constant(seed),
      blank: fc.nat(classes - 1),
      alignments: fc.array(fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: time }), { minLength: 1, maxLength: 3 }),
    }),
  );

describe("ctcCollapse", () => {
  it("keeps one of those in a row that are alike, then takes out the blanks", () => {
    expect(ctcCollapse([0, 1, 1, 0, 1, 2, 2, 0, 0])).toEqual([1, 1, 2]);
    expect(ctcCollapse([2, 2, 1, 0, 2], 2)).toEqual([1, 0]);
    expect(ctcCollapse([0, 0])).toEqual([]);
    expect(ctcCollapse(Int32Array.of(3, 3))).toEqual([3]);
  });
});

describe.each(BACKENDS)("ctcLoss on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the mean over the sequences of what enumerating all alignments gives, whatever lies beyond a length", () => {
    fc.assert(
      fc.property(cases, ({ classes, time, seed, blank, alignments }) =>
        tidy(() => {
          const logits = some([alignments.length, time, classes], seed) as Tensor3D;
          const labels = alignments.map((alignment) => ctcCollapse(alignment, blank)),
            lengths = alignments.map(({ length }) => length);
          const expected = labels.map((own, i) => defined(((logits.arraySync() as number[][][])[i] as number[][]).slice(0, lengths[i]), own, blank));
          const mean = expected.reduce((a, b) => a + b) / expected.length;
          expectClose(ctcLoss(logits, labels, { blank, lengths }).dataSync(), [mean], 1e-4);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("gives the probabilities of all label sequences the sum 1", () => {
    const logits = some([1, 3, 3], 5) as Tensor3D;
    const different = [...new Set(allAlignments(3, 3).map((path) => ctcCollapse(path).join()))].map((text) => text.split(",").filter(Boolean).map(Number));
    expect(different).toHaveLength(1 + 2 + 4 + 2);
    const probabilities = different.map((labels) => Math.exp(-(ctcLoss(logits, [labels]).dataSync()[0] as number)));
    expectClose([probabilities.reduce((a, b) => a + b)], [1]);
  });

  it("gives PyTorch's numbers", () => {
    const logits = tensor3d([0.5, -1, 2, 1.5, 0.25, -0.5, 0, 1, 0.5, -1, 0.75, 0.25, 1, 0, -1, 0.5, 2, 0, 0.25, -0.5, 1, 3, 0, -2], [2, 4, 3]);
    const { value, gradients } = valueAndGrad((z: Tensor3D) => ctcLoss(z, [Int32Array.of(1, 2), [1, 1]], { lengths: [4, 3] }))(logits);
    expectClose(value.dataSync(), [(3.13946073 + 5.24193742) / 2]);
    expectClose(
      gradients.dataSync(),
      [
        -0.30913179, -0.08366672, 0.39279852, 0.04312102, -0.0841435, 0.04102248, 0.0405556, -0.07844176, 0.03788616, 0.0222538, 0.28085082, -0.30310461,
        0.33262048, -0.37763576, 0.04501529, -0.41787419, 0.36806236, 0.04981182, 0.13930034, -0.43419918, 0.29489883, 0, 0, 0,
      ],
    );
  });

  it.each([
    ["all steps", undefined],
    ["lengths", [3, 4, 1]],
  ])("has true gradients (%s)", (_, lengths) => {
    expectTrueGradients((logits: Tensor) => ctcLoss(logits as Tensor3D, [[1, 1], [2, 1, 3], []], lengths && { lengths }), some([3, 4, 4], 2));
  });

  it("has true gradients for sequences of one step", () => {
    expectTrueGradients((logits: Tensor) => ctcLoss(logits as Tensor3D, [[1], []]), some([2, 1, 3], 2));
  });

  it("gives what lies beyond a length no gradient, even where it is no number", () => {
    const logits = tensor3d([1, 2, Number.NaN, Number.NEGATIVE_INFINITY], [1, 2, 2]);
    const { value, gradients } = valueAndGrad((z: Tensor3D) => ctcLoss(z, [[1]], { lengths: [1] }))(logits);
    expectClose(value.dataSync(), [Math.log(1 + Math.exp(-1))]);
    expectClose(gradients.dataSync().slice(2), [0, 0], 0);
  });

  it("is the same for logits that are all 10,000 more, and finite with its gradients where one is minus infinity", () => {
    const logits = tensor3d([1, 0.5, 2, 0, 0.5, 1, 1, 1, 0, 2, 2, 0.5], [1, 4, 3]);
    const loss = valueAndGrad((z: Tensor3D) => ctcLoss(z, [[1, 2]]));
    const [near, far] = [loss(logits), loss(add(logits, 1e4))];
    expectClose(far.value.dataSync(), near.value.dataSync());
    expectClose(far.gradients.dataSync(), near.gradients.dataSync());
    const masked = tensor3d([1, Number.NEGATIVE_INFINITY, 2, 0, 0.5, 1, 1, 1, 0], [1, 3, 3]);
    const { value, gradients } = loss(masked);
    expectClose(value.dataSync(), [defined((masked.arraySync() as number[][][])[0] as number[][], [1, 2], 0)]);
    expect(gradients.dataSync().every(Number.isFinite)).toBe(true);
    const impossible = loss(tensor3d([0, Number.NEGATIVE_INFINITY, 0, 0, Number.NEGATIVE_INFINITY, 0], [1, 2, 3]));
    expect(impossible.value.dataSync()[0]).toBeGreaterThan(1e29);
    expect(impossible.gradients.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("refuses what does not fit", () => {
    const logits = zeros([1, 3, 4]) as Tensor3D;
    expect(() => ctcLoss(zeros([1, 0, 4]), [[1]])).toThrow("the logits must be [batch, time, classes] with at least one sequence and step, but are [1,0,4].");
    expect(() => ctcLoss(zeros([0, 2, 4]), [])).toThrow("with at least one sequence and step");
    expect(() => ctcLoss(logits, [[1], [2]])).toThrow("each of the 1 sequences must have its labels, but there are labels of 2.");
    expect(() => ctcLoss(logits, [[1]], { blank: 4 })).toThrow("the blank must be one of the classes 0 to 3, but is 4.");
    for (const label of [-1, 0, 4, 1.5]) expect(() => ctcLoss(logits, [[1, label]])).toThrow(`other than the blank 0, but one of sequence 0 is ${label}.`);
    expect(() => ctcLoss(logits, [[1, 1, 2]])).toThrow("sequence 0 needs at least 4 steps for its labels, but has 3.");
    expect(() => ctcLoss(logits, [[1, 2]], { lengths: [1] })).toThrow("sequence 0 needs at least 2 steps for its labels, but has 1.");
    expect(() => ctcLoss(logits, [[]], { lengths: [0] })).toThrow("sequence 0 needs at least 1 steps for its labels, but has 0.");
    expect(() => ctcLoss(logits, [[1]], { lengths: [4] })).toThrow("lengths[0] is 4");
  });

  it("leaks nothing", () => {
    const logits = some([2, 4, 3], 1) as Tensor3D;
    expectNoLeak(() => tidy(() => void valueAndGrad((z: Tensor3D) => ctcLoss(z, [[1, 2], [1]], { lengths: [4, 2] }))(logits)));
  });
});

describe("ctcLoss", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, time, seed, blank, alignments }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const logits = some([alignments.length, time, classes], seed) as Tensor3D;
            const labels = alignments.map((alignment) => ctcCollapse(alignment, blank)),
              lengths = alignments.map(({ length }) => length);
            const { value, gradients } = valueAndGrad((z: Tensor3D) => ctcLoss(z, labels, { blank, lengths }))(logits);
            return [value, gradients];
          },
          1e-4,
        );
      }),
      { numRuns: 30 },
    );
  });
});
