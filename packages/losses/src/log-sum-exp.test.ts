import { useBackend, valueAndGrad } from "@refrain/core";
import { add, exp, log, sum, type Tensor, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { logSumExp } from "./log-sum-exp.ts";

const NONE = Number.NEGATIVE_INFINITY;

describe.each(BACKENDS)("logSumExp on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([0, 1, 2])("sums along axis %d, with true gradients", (axis) => {
    const x = some([2, 3, 4], 1);
    expectClose(logSumExp(x, axis).dataSync(), log(sum(exp(x), axis)).dataSync());
    expectTrueGradients((t: Tensor) => logSumExp(t, axis), x);
  });

  it("keeps its precision for numbers far from 0", () => {
    const x = some([3, 4], 2);
    expectClose(logSumExp(add(x, 1e4), 1).dataSync(), add(logSumExp(x, 1), 1e4).dataSync(), 1e-6);
    expectClose(logSumExp(tensor2d([[1e4, -1e4, 1e4]]), 1).dataSync(), [1e4 + Math.LN2]);
  });

  it("takes minus infinity as nothing, also where there is nothing else, with gradients of 0 there", () => {
    const { value, gradients } = valueAndGrad((x: Tensor) => sum(logSumExp(x, 1)))(
      tensor2d([
        [0, NONE, 0],
        [NONE, 3, NONE],
      ]),
    );
    expectClose(value.dataSync(), [Math.LN2 + 3]);
    expectClose(gradients.dataSync(), [0.5, 0, 0.5, 0, 1, 0]);
    const nothing = valueAndGrad((x: Tensor) => sum(logSumExp(x, 1)))(tensor2d([[NONE, NONE]]));
    expect(nothing.value.dataSync()[0]).toBe(NONE);
    expectClose(nothing.gradients.dataSync(), [0, 0], 0);
  });

  it("leaks nothing", () => {
    const x = some([2, 3], 1);
    expectNoLeak(() => tidy(() => void valueAndGrad((t: Tensor) => sum(logSumExp(t, 1)))(x)));
  });
});
