import { mul, type Scalar, sum, type Tensor, type Tensor1D, tensor1d, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { key } from "@refrain/sampling";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { rmsNorm, type RmsNormParams } from "./rms-norm.ts";

type All = { params: RmsNormParams; x: Tensor };

describe.each(BACKENDS)("rmsNorm on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("divides each row by the root of its mean square, then applies the weight", () => {
    const layer = rmsNorm({ features: 2, epsilon: 0 });
    const x = tensor2d([
      [3, 4],
      [-1, 1],
    ]);
    const root = Math.sqrt(12.5);
    expectClose(layer.apply(layer.init(key(1)), x).dataSync(), [3 / root, 4 / root, -1, 1]);
    expectClose(layer.apply({ weight: tensor1d([2, 10]) }, x).dataSync(), [6 / root, 40 / root, -2, 10]);
  });

  it("adds epsilon to the mean square, so that a row of zeros gives zeros", () => {
    const layer = rmsNorm({ features: 2 });
    expectClose(layer.apply(layer.init(key(1)), zeros([1, 2])).dataSync(), [0, 0]);
    expectClose(
      rmsNorm({ features: 2, epsilon: 3 })
        .apply(layer.init(key(1)), tensor1d([-1, 1]))
        .dataSync(),
      [-0.5, 0.5],
    );
  });

  it.each([[[2, 5]], [[3, 2, 4]], [[1, 17]]])("has true gradients by its weight and its input %j", (shape) => {
    const features = shape.at(-1) as number;
    const layer = rmsNorm({ features });
    expectTrueGradients(({ params, x }: All) => layer.apply(params, x), { params: { weight: some([features], 1) as Tensor1D }, x: some(shape, 3, 2) });
  });

  it("does not care for the rows' own scale", () => {
    const layer = rmsNorm({ features: 6, epsilon: 0 });
    const params = layer.init(key(1)),
      x = some([3, 6], 4);
    expectClose(layer.apply(params, mul(x, 50)).dataSync(), layer.apply(params, x).dataSync());
  });

  it("leaks nothing", () => {
    const layer = rmsNorm({ features: 4 });
    const all: All = { params: layer.init(key(1)), x: some([3, 4], 2) };
    expectNoLeak(() => tidy(() => void layer.apply(all.params, all.x)));
    expectNoLeak(() => tidy(() => void valueAndGrad(({ params, x }: All) => sum(layer.apply(params, x)) as Scalar)(all)));
  });

  it("says which features it wants", () => {
    const layer = rmsNorm({ features: 4 });
    expect(() => layer.apply(layer.init(key(1)), zeros([2, 3]))).toThrow("rmsNorm: the last axis of x must have 4 features, but x is [2,3].");
  });
});

describe("rmsNorm", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }), fc.integer({ min: 2, max: 40 }), async (rows, features) => {
        const layer = rmsNorm({ features });
        await expectSameOnBoth(
          useBackend,
          () => {
            const all: All = { params: { weight: some([features], 1) as Tensor1D }, x: some([...rows, features], 3) };
            const weights = some([...rows, features], 4);
            const { gradients } = valueAndGrad(({ params, x }: All) => sum(mul(layer.apply(params, x), weights)) as Scalar)(all);
            return [layer.apply(all.params, all.x), gradients.x, gradients.params.weight];
          },
          1e-4,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("computes whole numbers as simd's CPU twin does", async () => {
    const layer = rmsNorm({ features: 3 });
    await expectSameOnBoth(useBackend, () => layer.apply(layer.init(key(1)), tensor2d([[1, 2, 6]], [1, 3], "int32")));
  });

  it("has a config that builds it again", () => {
    expect(rmsNorm({ features: 4 })).toMatchObject({ kind: "rms-norm", config: { features: 4, epsilon: 1e-5 } });
  });
});
