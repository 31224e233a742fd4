import { mul, type Scalar, sum, type Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { silu } from "./silu.ts";

describe.each(BACKENDS)("silu on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is x sigmoid(x), also far from 0", () => {
    const numbers = [-200, -20, -3, -1, -0.5, 0, 0.5, 1, 3, 20, 200];
    expectClose(
      silu(tensor1d(numbers)).dataSync(),
      numbers.map((x) => x / (1 + Math.exp(-x))),
      1e-6,
    );
  });

  it("has true gradients", () => {
    expectTrueGradients((x: Tensor) => silu(x), some([4, 5], 2, 2));
  });

  it("leaks nothing", () => {
    const x = some([3, 4], 1);
    expectNoLeak(() => tidy(() => void silu(x)));
    expectNoLeak(() => tidy(() => void valueAndGrad((at: Tensor) => sum(silu(at)) as Scalar)(x)));
  });
});

describe("silu", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => {
      const x = some([7, 9], 1, 4);
      return [silu(x), valueAndGrad((at: Tensor) => sum(mul(silu(at), at)) as Scalar)(x).gradients];
    });
  });
});
