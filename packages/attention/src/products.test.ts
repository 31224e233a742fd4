import { useBackend } from "@refrain/core";
import { type Tensor, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { hadamard } from "./hadamard.ts";
import { matrixProduct } from "./matrix-product.ts";

describe.each(BACKENDS)("products on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("are the lesson's: element by element, and rows by columns", () => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]),
      b = tensor2d([3, 2, 4, 1], [2, 2]);
    expect([...hadamard(a, b).dataSync()]).toEqual([3, 4, 12, 4]);
    expect([...matrixProduct(a, b).dataSync()]).toEqual([11, 4, 25, 10]);
  });

  it("have true gradients", () => {
    const square = { a: some([3, 3], 1), b: some([3, 3], 2) };
    expectTrueGradients(({ a, b }: typeof square) => [hadamard(a, b), matrixProduct(a, b)], square);
  });

  it("refuse matrices that do not fit", () => {
    const [a, b]: [Tensor, Tensor] = [some([2, 3], 1), some([1, 3], 2)];
    expect(() => hadamard(a, b)).toThrow("hadamard: both must have one shape, but they are [2,3] and [1,3].");
    expect(() => matrixProduct(a, b)).toThrow(/inner/);
  });

  it("leak nothing", () => {
    const a = some([2, 2], 1);
    expectNoLeak(() => tidy(() => void [hadamard(a, a), matrixProduct(a, a)]));
  });
});
