import { gather, type Scalar, sum, tensor1d, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak, expectTrueGradients } from "@refrain-tests/checks";
import { key } from "@refrain/sampling";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { embedding, type EmbeddingParams } from "./embedding.ts";

describe.each(BACKENDS)("embedding on %s", (backend) => {
  const layer = embedding({ size: 5, width: 3 });
  let params: EmbeddingParams;
  beforeAll(async () => {
    await useBackend(backend);
    params = layer.init(key(1));
  });

  it("gives each token its row, in the tokens' shape", () => {
    const weight = tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const out = embedding({ size: 3, width: 2 }).apply(
      { weight },
      tensor2d(
        [
          [2, 0],
          [1, 2],
        ],
        [2, 2],
        "int32",
      ),
    );
    expect(out.shape).toEqual([2, 2, 2]);
    expect([...out.dataSync()]).toEqual([5, 6, 1, 2, 3, 4, 5, 6]);
  });

  it("has true gradients, also of a token that comes twice and of one that never comes", () => {
    expectTrueGradients(
      (p) =>
        layer.apply(
          p,
          tensor2d(
            [
              [1, 1, 4],
              [0, 1, 3],
            ],
            [2, 3],
            "int32",
          ),
        ),
      params,
    );
  });

  it("refuses a token that has no row", () => {
    expect(() => layer.apply(params, tensor1d([5], "int32"))).toThrow(/5/);
    expect(() => layer.apply(params, tensor1d([-1], "int32"))).toThrow(/-1/);
  });

  it("refuses tokens that are no whole numbers", () => {
    expect(() => layer.apply(params, tensor1d([1.5]))).toThrow(/int32/);
  });

  it("leaks nothing", () => {
    const tokens = tensor1d([1, 2, 2], "int32");
    expectNoLeak(() => layer.apply(params, tokens).dispose());
    expectNoLeak(() => tidy(() => void valueAndGrad((p: EmbeddingParams) => sum(layer.apply(p, tokens)) as Scalar)(params)));
  });
});

describe("embedding", () => {
  it("starts normal with mean 0 and deviation 1, the same for the same key", async () => {
    await useBackend("simd");
    const layer = embedding({ size: 200, width: 50 });
    const values = [...layer.init(key(3)).weight.dataSync()];
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.abs(values.reduce((a, b) => a + b * b, 0) / values.length - 1)).toBeLessThan(0.06);
    expect([...layer.init(key(3)).weight.dataSync()]).toEqual(values);
    expect(gather(layer.init(key(3)).weight, 3).shape).toEqual([50]);
  });

  it("has a config that builds it again", () => {
    expect(embedding({ size: 5, width: 3 })).toMatchObject({ kind: "embedding", config: { size: 5, width: 3 } });
  });
});
