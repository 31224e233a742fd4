import { add, mul, type Scalar, sub, sum, type Tensor, type Tensor1D, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { customOp } from "./custom-op.ts";
import { disposeTree } from "./tree.ts";
import { useBackend } from "./use-backend.ts";
import { valueAndGrad } from "./value-and-grad.ts";

type Pair = { a: Tensor1D; b: Tensor1D };

/** a + b and a * b as one operation; what its backward pass gets is noted. */
function sumAndProduct({ a, b }: Pair, seen: number[][] = []): [Tensor, Tensor] {
  return customOp({
    inputs: { a, b },
    forward(save) {
      save([a, b]);
      return [add(a, b), mul(a, b)];
    },
    backward([dSum, dProduct], [a, b]) {
      seen.push(...[dSum, dProduct].map((gradient) => [...(gradient as Tensor).dataSync()]));
      const both = (other: Tensor) => add(dSum as Tensor, mul(dProduct as Tensor, other));
      return { a: both(b as Tensor), b: both(a as Tensor) };
    },
  }) as [Tensor, Tensor];
}

describe.each(BACKENDS)("customOp on %s", (backend) => {
  let params: Pair;
  beforeAll(async () => {
    await useBackend(backend);
    params = { a: tensor1d([1, 2]), b: tensor1d([10, 20]) };
  });

  it("gives all outputs", () => {
    const [total, product] = sumAndProduct(params);
    expectClose(total.dataSync(), [11, 22]);
    expectClose(product.dataSync(), [10, 40]);
  });

  it("adds up the gradients through all outputs", () => {
    const f = (p: Pair): Scalar => {
      const [total, product] = sumAndProduct(p);
      return sum(sub(mul(product, 3), total));
    };
    const { gradients } = valueAndGrad(f)(params);
    expectClose(gradients.a.dataSync(), [29, 59]);
    expectClose(gradients.b.dataSync(), [2, 5]);
  });

  it.each([
    {
      used: 0,
      a: [1, 1],
      b: [1, 1],
      seen: [
        [1, 1],
        [0, 0],
      ],
    },
    {
      used: 1,
      a: [10, 20],
      b: [1, 2],
      seen: [
        [0, 0],
        [1, 1],
      ],
    },
  ])("gets zeros for the outputs that are not used: only output $used is", ({ used, a, b, seen }) => {
    const found: number[][] = [];
    const { gradients } = valueAndGrad((p: Pair) => sum(sumAndProduct(p, found)[used] as Tensor) as Scalar)(params);
    expectClose(gradients.a.dataSync(), a);
    expectClose(gradients.b.dataSync(), b);
    expect(found).toEqual(seen);
  });

  it("calls the backward pass once, and not at all where no gradient is asked for", () => {
    const found: number[][] = [];
    sumAndProduct(params, found);
    expect(found).toEqual([]);
    valueAndGrad((p: Pair) => sum(sumAndProduct(p, found)[0]) as Scalar)(params);
    expect(found.length).toBe(2);
  });

  it("records nothing of its forward pass: only its own gradient counts", () => {
    const doubled = (x: Tensor1D) => customOp({ inputs: { x }, forward: () => [mul(x, 2)], backward: ([dy]) => ({ x: mul(dy as Tensor, 100) }) })[0] as Tensor;
    const { value, gradients } = valueAndGrad((x: Tensor1D) => sum(doubled(x)) as Scalar)(params.a);
    expectClose(value.dataSync(), [6]);
    expectClose(gradients.dataSync(), [100, 100]);
  });

  it("leaks nothing, with gradients and without", () => {
    expectNoLeak(() => disposeTree(sumAndProduct(params)));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: Pair) => sum(sumAndProduct(p)[1]) as Scalar)(params)));
  });
});
