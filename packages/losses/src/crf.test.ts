import { disposeTree, key, mapTree, named, useBackend, valueAndGrad } from "@refrain/core";
import { add, mul, sub, type Tensor, type Tensor1D, tensor2d, type Tensor2D, tensor3d, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { allPaths, chains, logSum, scoreOf, someParams } from "./chain.test-helper.ts";
import { crf, type CrfParams } from "./crf.ts";

const INFINITE = Number.POSITIVE_INFINITY;

const int = (labels: number[][]) => tensor2d(labels, [labels.length, labels[0]?.length ?? 0], "int32");

/** The loss of one sequence by enumeration: a label that is no tag leaves its step open. */
function defined(params: CrfParams, emissions: number[][], labels: number[], tags: number): number {
  const paths = allPaths(tags, labels.length);
  const agreeing = paths.filter((path) => labels.every((label, t) => label === path[t] || label < 0 || label >= tags));
  const scores = (of: number[][]) => of.map((path) => scoreOf(params, emissions, path));
  return logSum(scores(paths)) - logSum(scores(agreeing));
}

describe.each(BACKENDS)("crf on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is the mean over the sequences of what enumerating all paths gives, whatever lies beyond a length", () => {
    fc.assert(
      fc.property(chains, ({ tags, time, batch, seed, scale, labels, lengths }) =>
        tidy(() => {
          const emissions = some([batch, time, tags], seed, scale) as Tensor3D,
            params = someParams(tags, seed);
          const expected = labels.map((own, i) => defined(params, (emissions.arraySync() as number[][][])[i] as number[][], own.slice(0, lengths?.[i]), tags));
          const mean = expected.reduce((a, b) => a + b) / batch;
          expectClose(crf({ tags }).negativeLogLikelihood(params, emissions, int(labels), lengths).dataSync(), [mean], 1e-4);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("gives the probabilities of all paths the sum 1", () => {
    const emissions = some([1, 3, 3], 5) as Tensor3D,
      params = someParams(3, 6);
    const probabilities = allPaths(3, 3).map((path) =>
      Math.exp(
        -(crf({ tags: 3 })
          .negativeLogLikelihood(params, emissions, int([path]))
          .dataSync()[0] as number),
      ),
    );
    expect(probabilities).toHaveLength(27);
    expectClose([probabilities.reduce((a, b) => a + b)], [1]);
  });

  it("is the sum of each step's cross-entropy where tags do not hang on each other", () => {
    const emissions = some([2, 3, 4], 7) as Tensor3D;
    const params = { transitions: zeros([4, 4]) as Tensor2D, start: zeros([4]) as Tensor1D, end: zeros([4]) as Tensor1D };
    const labels = [
      [0, 3, 1],
      [2, 2, 0],
    ];
    const expected = labels.flatMap((own, i) =>
      own.map(
        (label, t) =>
          logSum((emissions.arraySync() as number[][][])[i]?.[t] as number[]) - ((emissions.arraySync() as number[][][])[i]?.[t]?.[label] as number),
      ),
    );
    expectClose(crf({ tags: 4 }).negativeLogLikelihood(params, emissions, int(labels)).dataSync(), [expected.reduce((a, b) => a + b) / 2]);
  });

  it.each([
    ["all steps", undefined],
    ["lengths", [3, 1]],
  ])("has true gradients by emissions and all parameters, with open labels (%s)", (_, lengths) => {
    const leaves = { ...someParams(3, 1), emissions: some([2, 3, 3], 4) as Tensor3D };
    const labels = int([
      [0, -1, 2],
      [1, 1, 0],
    ]);
    expectTrueGradients(({ emissions, ...params }: typeof leaves) => crf({ tags: 3 }).negativeLogLikelihood(params, emissions, labels, lengths), leaves);
  });

  it("has true gradients for sequences of one step", () => {
    const leaves = { ...someParams(3, 1), emissions: some([2, 1, 3], 4) as Tensor3D };
    const { emissions, ...params } = leaves;
    expectTrueGradients((z: Tensor) => crf({ tags: 3 }).negativeLogLikelihood(params, z as Tensor3D, int([[2], [0]])), emissions as Tensor);
  });

  it("gives what lies beyond a length no gradient, even where it is no number", () => {
    const emissions = tensor3d([1, 2, Number.NaN, -INFINITE], [1, 2, 2]);
    const { value, gradients } = valueAndGrad((z: Tensor3D) => crf({ tags: 2 }).negativeLogLikelihood(someParams(2, 1), z, int([[0, -9]]), [1]))(emissions);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expectClose(gradients.dataSync().slice(2), [0, 0], 0);
    expect(gradients.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("is the same for emissions that are all 10,000 more", () => {
    const model = crf({ tags: 3 }),
      params = someParams(3, 1),
      labels = int([[0, 2, 1, 1, 0]]);
    const near = valueAndGrad((z: Tensor3D) => model.negativeLogLikelihood(params, z, labels))(
      tensor3d([1, 0.5, 2, 0, 0.5, 1, 1, 1, 0, 2, 2, 0.5, 1, 0, 1], [1, 5, 3]),
    );
    const far = valueAndGrad((z: Tensor3D) => model.negativeLogLikelihood(params, add(z, 1e4), labels))(
      tensor3d([1, 0.5, 2, 0, 0.5, 1, 1, 1, 0, 2, 2, 0.5, 1, 0, 1], [1, 5, 3]),
    );
    expectClose(far.value.dataSync(), near.value.dataSync());
    expectClose(far.gradients.dataSync(), near.gradients.dataSync());
  });

  it("takes scores of minus infinity as ruled out, in emissions and transitions, with finite gradients", () => {
    const model = crf({ tags: 3 });
    const emissions = tensor3d([1, -INFINITE, 0, 0, 1, 2, 3, -INFINITE, 1], [1, 3, 3]);
    const params = { ...someParams(3, 1), transitions: tensor2d([0, -INFINITE, 1, -INFINITE, -INFINITE, 1, 2, -INFINITE, 0], [3, 3]) };
    const found = valueAndGrad(({ z, ...rest }: CrfParams & { z: Tensor3D }) => model.negativeLogLikelihood(rest, z, int([[0, 2, 2]])))({
      ...params,
      z: emissions,
    });
    const scores = allPaths(3, 3).map((path) => scoreOf(params, (emissions.arraySync() as number[][][])[0] as number[][], path));
    const own = scoreOf(params, (emissions.arraySync() as number[][][])[0] as number[][], [0, 2, 2]);
    expectClose(found.value.dataSync(), [logSum(scores) - own]);
    for (const gradient of Object.values(found.gradients)) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    expect(model.negativeLogLikelihood(params, emissions, int([[0, 1, 2]])).dataSync()[0]).toBe(INFINITE);
  });

  it("learns that tags alternate, which emissions alone do not tell", () => {
    const model = crf({ tags: 2 });
    const labels = int([
      [0, 1, 0, 1],
      [1, 0, 1, 0],
    ]);
    const loss = valueAndGrad((params: CrfParams) => model.negativeLogLikelihood(params, zeros([2, 4, 2]), labels));
    let params = model.init(key(1));
    for (let step = 0; step < 100; step++) {
      const gradients = named(loss(params).gradients);
      params = mapTree(params, (leaf, path) => sub(leaf, mul(gradients.get(path) as Tensor, 0.5)));
    }
    expect(loss(params).value.dataSync()[0]).toBeLessThan(Math.log(2) + 0.1);
    const hint = tensor3d([0, 0, 0, 0, 0, 1, 0, 0], [1, 4, 2]);
    expect(model.decode(params, hint)).toEqual([Int32Array.of(1, 0, 1, 0)]);
  });

  it("begins with small parameters, the same for the same key", () => {
    const [a, b] = [crf({ tags: 4 }).init(key(3)), crf({ tags: 4 }).init(key(3))];
    for (const name of ["transitions", "start", "end"] as const) {
      expect(a[name].dataSync()).toEqual(b[name].dataSync());
      expect(Math.max(...a[name].dataSync().map(Math.abs))).toBeLessThanOrEqual(0.1);
    }
    expect(crf({ tags: 4 })).toMatchObject({ kind: "crf", config: { tags: 4 } });
  });

  it("refuses what does not fit", () => {
    for (const tags of [0, 1.5]) expect(() => crf({ tags })).toThrow(`crf: tags must be a whole number of at least 1, but is ${tags}.`);
    const model = crf({ tags: 2 }),
      params = someParams(2, 1),
      labels = int([[0, 1, 0]]);
    expect(() => model.negativeLogLikelihood(params, zeros([1, 3, 3]), labels)).toThrow("the emissions must be [batch, time, 2]");
    expect(() => model.negativeLogLikelihood(params, zeros([1, 2, 2]), labels)).toThrow(
      "the labels must be [batch, time] as the emissions [1,2,2], but are [1,3].",
    );
    expect(() => model.negativeLogLikelihood(params, zeros([1, 3, 2]), tensor2d([[0, 1, 0]]))).toThrow("the labels must be int32, but are float32.");
    expect(() => model.negativeLogLikelihood(params, zeros([1, 3, 2]), labels, [4])).toThrow("lengths[0] is 4");
    expect(() => model.decode(params, zeros([1, 3, 2]), [0])).toThrow("every sequence must have at least one step");
    for (const shape of [
      [1, 0, 2],
      [0, 1, 2],
    ])
      expect(() => model.decode(params, zeros(shape as [number, number, number]))).toThrow("with at least one sequence and step");
  });

  it("leaks nothing", () => {
    const model = crf({ tags: 3 }),
      emissions = some([2, 4, 3], 1) as Tensor3D,
      params = someParams(3, 2),
      labels = int([
        [0, 1, 2, 0],
        [1, -1, 0, 0],
      ]);
    expectNoLeak(() => tidy(() => void valueAndGrad((p: CrfParams) => model.negativeLogLikelihood(p, emissions, labels, [4, 2]))(params)));
    expectNoLeak(() => void model.decode(params, emissions, [4, 2]));
    expectNoLeak(() => disposeTree(model.init(key(1))));
  });
});

describe("crf", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(chains, async ({ tags, time, batch, seed, scale, labels, lengths }) => {
        await expectSameOnBoth(
          useBackend,
          () => {
            const emissions = some([batch, time, tags], seed, scale) as Tensor3D;
            const params = someParams(tags, seed);
            const { value, gradients } = valueAndGrad((z: Tensor3D) => crf({ tags }).negativeLogLikelihood(params, z, int(labels), lengths))(emissions);
            return [value, gradients];
          },
          1e-4,
        );
      }),
      { numRuns: 30 },
    );
  });
});
