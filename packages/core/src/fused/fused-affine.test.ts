import { cast, sum, type Tensor1D, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { beforeAll, describe, expect, it } from "vitest";
import { affine } from "../layers/dense.ts";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { fusedAffine } from "./fused-affine.ts";

const SHAPES = [[7], [1, 7], [5, 7], [2, 3, 7], [0, 7]];

describe("an affine map as one operation", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(SHAPES)("is that of the composed operations for x [%s, ..]", async (...shape) => {
    const weight = () => some([4, 7], 2) as Tensor2D;
    await expectSameOnBoth(useBackend, () => affine(some(shape, 1), { weight: weight() }));
    await expectSameOnBoth(useBackend, () => affine(some(shape, 1), { weight: weight(), bias: some([4], 3) as Tensor1D }));
    await useBackend("simd");
  });

  it("has true gradients by all that it is made of", () => {
    const all = { x: some([2, 3, 5], 1), weight: some([4, 5], 2) as Tensor2D, bias: some([4], 3) };
    expectTrueGradients(({ x, weight, bias }: typeof all) => fusedAffine(x, weight, bias) as NonNullable<ReturnType<typeof fusedAffine>>, all);
    expectTrueGradients(({ x, weight }: Omit<typeof all, "bias">) => fusedAffine(x, weight, undefined) as NonNullable<ReturnType<typeof fusedAffine>>, all);
  });

  it("leaks nothing", () => {
    const all = { x: some([2, 5], 1), weight: some([4, 5], 2) as Tensor2D, bias: some([4], 3) };
    const loss = ({ x, weight, bias }: typeof all) => sum(fusedAffine(x, weight, bias) as NonNullable<ReturnType<typeof fusedAffine>>);
    expectNoLeak(() => tidy(() => void valueAndGrad(loss)(all)));
  });

  it("is none off simd, nor of other numbers than float32", async () => {
    expect(fusedAffine(cast(some([2, 5], 1), "int32"), some([4, 5], 2) as Tensor2D, undefined)).toBeUndefined();
    await useBackend("cpu");
    expect(fusedAffine(some([2, 5], 1), some([4, 5], 2) as Tensor2D, undefined)).toBeUndefined();
    await useBackend("simd");
  });
});
