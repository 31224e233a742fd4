import { type Scalar, sum, type Tensor2D, tensor1d, tensor2d, tensor3d, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { key } from "@refrain/sampling";
import { named } from "../tree.ts";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { affine, dense, type DenseParams } from "./dense.ts";

const sizes = fc.integer({ min: 1, max: 20 });

describe.each(BACKENDS)("dense on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("computes x weight^T + bias", () => {
    const params = {
      weight: tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      bias: tensor1d([10, 20, 30]),
    };
    const layer = dense({ inputs: 2, outputs: 3 });
    expectClose(
      layer
        .apply(
          params,
          tensor2d([
            [1, 0],
            [1, -1],
          ]),
        )
        .dataSync(),
      [11, 23, 35, 9, 19, 29],
    );
    expectClose(layer.apply({ weight: params.weight }, tensor1d([1, 1])).dataSync(), [3, 7, 11]);
  });

  it("keeps all axes but the last, however many there are", () => {
    const layer = dense({ inputs: 2, outputs: 5 });
    const params = layer.init(key(1));
    for (const leading of [[], [3], [3, 4], [2, 3, 4], [0, 3]]) expect(layer.apply(params, zeros([...leading, 2])).shape).toEqual([...leading, 5]);
  });

  it.each([true, false])("has true gradients by its parameters and its input, bias: %s", (bias) => {
    const layer = dense({ inputs: 3, outputs: 2, bias });
    expectTrueGradients(({ params, x }: { params: DenseParams; x: Tensor2D }) => layer.apply(params, x), {
      params: layer.init(key(2)),
      x: some([4, 3], 3) as Tensor2D,
    });
  });

  it("leaks nothing", () => {
    const layer = dense({ inputs: 3, outputs: 2 });
    const params = layer.init(key(2)),
      x = some([4, 3], 3);
    expectNoLeak(() => tidy(() => void layer.apply(params, x)));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: DenseParams) => sum(layer.apply(p, x)) as Scalar)(params)));
  });

  it("says which features it wants", () => {
    expect(() => affine(tensor3d([1, 2, 3, 4], [1, 1, 4]), { weight: zeros([2, 3]) })).toThrow(
      "dense: the last axis of x must have 3 features, but x is [1,1,4].",
    );
  });
});

describe("dense", () => {
  it("gives the same numbers on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, sizes, fc.boolean(), async (rows, inputs, outputs, bias) => {
        const layer = dense({ inputs, outputs, bias });
        await expectSameOnBoth(useBackend, () => layer.apply(layer.init(key(1)), some([rows, inputs], 2)));
      }),
      { numRuns: 30 },
    );
  });

  it("starts within 1 / sqrt(inputs), with a bias where one is asked for, the same for the same key", async () => {
    await useBackend("simd");
    const layer = dense({ inputs: 25, outputs: 40 });
    const params = named(layer.init(key(7)));
    expect([...params].map(([path, { shape }]) => [path, shape])).toEqual([
      ["weight", [40, 25]],
      ["bias", [40]],
    ]);
    for (const leaf of params.values()) {
      const values = [...leaf.dataSync()];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.2);
      expect(Math.max(...values)).toBeGreaterThan(0.15);
    }
    expect(layer.init(key(7)).weight.dataSync()).toEqual(params.get("weight")?.dataSync());
    expect([...named(dense({ inputs: 2, outputs: 2, bias: false }).init(key(1))).keys()]).toEqual(["weight"]);
  });

  it("has a config that builds it again", () => {
    expect(dense({ inputs: 2, outputs: 3 })).toMatchObject({ kind: "dense", config: { inputs: 2, outputs: 3, bias: true } });
  });
});

it("is right on TensorFlow.js's wasm backend too, whose fused product is not", async () => {
  await useBackend("wasm");
  const y = affine(tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), { weight: tensor2d([1, 0, 2, 1], [2, 2]), bias: tensor1d([10, 20]) });
  // Rows (1, 2), (3, 4), (5, 6) by (1, 0) and (2, 1), plus (10, 20).
  expect([...y.dataSync()]).toEqual([11, 24, 13, 30, 15, 36]);
});
