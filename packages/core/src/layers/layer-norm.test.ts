import { add, mul, ones, type Scalar, sum, type Tensor, type Tensor1D, tensor1d, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { key } from "@refrain/sampling";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { layerNorm, type LayerNormParams } from "./layer-norm.ts";

type All = { params: LayerNormParams; x: Tensor };

describe.each(BACKENDS)("layerNorm on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("brings each row to mean 0 and variance 1, then applies weight and bias", () => {
    const layer = layerNorm({ features: 4, epsilon: 0 });
    const x = tensor2d([
      [1, 2, 3, 4],
      [-10, 10, -10, 10],
    ]);
    const a = Math.sqrt(1.25);
    expectClose(layer.apply(layer.init(key(1)), x).dataSync(), [-1.5 / a, -0.5 / a, 0.5 / a, 1.5 / a, -1, 1, -1, 1]);
    expectClose(
      layer
        .apply({ weight: tensor1d([1, 2, 3, 4]), bias: tensor1d([0, 1, 0, -1]) }, x)
        .dataSync()
        .slice(4),
      [-1, 3, -3, 3],
    );
  });

  it("adds epsilon to the variance, so that a row of like numbers gives the bias", () => {
    const layer = layerNorm({ features: 3 });
    expectClose(layer.apply({ weight: ones([3]), bias: tensor1d([1, 2, 3]) }, tensor2d([[7, 7, 7]])).dataSync(), [1, 2, 3]);
    expectClose(
      layerNorm({ features: 2, epsilon: 3 })
        .apply(layerNorm({ features: 2 }).init(key(1)), tensor1d([-1, 1]))
        .dataSync(),
      [-0.5, 0.5],
    );
  });

  it.each([[[2, 5]], [[3, 2, 4]], [[1, 17]]])("has true gradients by its parameters and its input %j", (shape) => {
    const features = shape.at(-1) as number;
    const layer = layerNorm({ features });
    expectTrueGradients(({ params, x }: All) => layer.apply(params, x), {
      params: { weight: some([features], 1) as Tensor1D, bias: some([features], 2) as Tensor1D },
      x: some(shape, 3, 2),
    });
  });

  it("does not care for the rows' own mean and scale", () => {
    const layer = layerNorm({ features: 6, epsilon: 0 });
    const params = layer.init(key(1)),
      x = some([3, 6], 4);
    expectClose(layer.apply(params, add(mul(x, 5), 100)).dataSync(), layer.apply(params, x).dataSync(), 1e-3);
  });

  it("leaks nothing", () => {
    const layer = layerNorm({ features: 4 });
    const all: All = { params: layer.init(key(1)), x: some([3, 4], 2) };
    expectNoLeak(() => tidy(() => void layer.apply(all.params, all.x)));
    expectNoLeak(() => tidy(() => void valueAndGrad(({ params, x }: All) => sum(layer.apply(params, x)) as Scalar)(all)));
  });

  it("says which features it wants", () => {
    const layer = layerNorm({ features: 4 });
    expect(() => layer.apply(layer.init(key(1)), zeros([2, 3]))).toThrow("layerNorm: the last axis of x must have 4 features, but x is [2,3].");
  });
});

describe("layerNorm", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }), fc.integer({ min: 2, max: 40 }), async (rows, features) => {
        const layer = layerNorm({ features });
        await expectSameOnBoth(
          useBackend,
          () => {
            const all: All = { params: { weight: some([features], 1) as Tensor1D, bias: some([features], 2) as Tensor1D }, x: some([...rows, features], 3) };
            const weights = some([...rows, features], 4);
            const { gradients } = valueAndGrad(({ params, x }: All) => sum(mul(layer.apply(params, x), weights)) as Scalar)(all);
            return [layer.apply(all.params, all.x), gradients.x, gradients.params.weight, gradients.params.bias];
          },
          1e-4,
        );
      }),
      { numRuns: 40 },
    );
  });

  it("computes whole numbers as simd's CPU twin does", async () => {
    const layer = layerNorm({ features: 3 });
    await expectSameOnBoth(useBackend, () => layer.apply(layer.init(key(1)), tensor2d([[1, 2, 6]], [1, 3], "int32")));
  });

  it("has a config that builds it again", () => {
    expect(layerNorm({ features: 4 })).toMatchObject({ kind: "layer-norm", config: { features: 4, epsilon: 1e-5 } });
  });
});
