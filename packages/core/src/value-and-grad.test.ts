import {
  add,
  exp,
  matMul,
  mul,
  neg,
  type Scalar,
  scalar,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { disposeTree, leaves } from "./tree.ts";
import { memoryInUse, useBackend } from "./use-backend.ts";
import { valueAndGrad } from "./value-and-grad.ts";

describe.each(BACKENDS)("valueAndGrad on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("gives the value and the known derivatives in the parameters' form", () => {
    // f = b * sum(a^2) + exp(-c), with a = [1, -2, 3], b = 2, c = 0.5
    const params = { a: tensor1d([1, -2, 3]), deep: [scalar(2), { c: scalar(0.5) }] as const };
    const f = ({ a, deep: [b, { c }] }: typeof params): Scalar => add(mul(b, sum(square(a))), exp(neg(c)));
    const { value, gradients } = valueAndGrad(f)(params);
    expectClose(value.dataSync(), [28 + Math.exp(-0.5)]);
    expectClose(gradients.a.dataSync(), [4, -8, 12]);
    expectClose(gradients.deep[0].dataSync(), [14]);
    expectClose(gradients.deep[1].c.dataSync(), [-Math.exp(-0.5)]);
    disposeTree([params, value, gradients]);
  });

  it("gives the derivatives of a product of matrices", () => {
    const params = {
      a: tensor2d([
        [1, 2],
        [3, 4],
      ]),
      b: tensor2d([
        [5, 6],
        [7, 8],
      ]),
    };
    const { value, gradients } = valueAndGrad(({ a, b }: typeof params) => sum(matMul(a, b)) as Scalar)(params);
    expectClose(value.dataSync(), [19 + 22 + 43 + 50]);
    expectClose(gradients.a.dataSync(), [11, 15, 11, 15]);
    expectClose(gradients.b.dataSync(), [4, 4, 6, 6]);
  });

  it("gives zeros for a parameter that the value does not depend on", () => {
    const params = { used: scalar(3), unused: zeros([2, 2]), list: [tensor1d([1])] };
    const { gradients } = valueAndGrad(({ used }: typeof params) => square(used))(params);
    expectClose(gradients.used.dataSync(), [6]);
    expect([gradients.unused.shape, [...gradients.unused.dataSync()]]).toEqual([
      [2, 2],
      [0, 0, 0, 0],
    ]);
    expect([...(gradients.list[0] as Tensor).dataSync()]).toEqual([0]);
  });

  it("gives the whole gradient in each place of a parameter that stands in two", () => {
    const tied = tensor1d([2, 5]);
    const { gradients } = valueAndGrad(({ a, b }: { a: Tensor1D; b: Tensor1D }) => sum(mul(a, b)) as Scalar)({ a: tied, b: tied });
    expectClose(gradients.a.dataSync(), [4, 10]);
    expectClose(gradients.b.dataSync(), [4, 10]);
  });

  it("takes no gradient by the further arguments, but hands them on", () => {
    const { value, gradients } = valueAndGrad((a: Scalar, b: Scalar, factor: number) => mul(mul(a, b), factor) as Scalar)(scalar(2), scalar(3), 10);
    expectClose(value.dataSync(), [60]);
    expectClose(gradients.dataSync(), [30]);
  });

  it("hands out what else was computed on the way, readable and without gradient", () => {
    const f = (a: Tensor1D) => {
      const squares = square(a);
      return { value: sum(squares) as Scalar, aside: { squares, same: a } };
    };
    const { aside, gradients } = valueAndGrad(f)(tensor1d([1, 2, 3]));
    expectClose(aside.squares.dataSync(), [1, 4, 9]);
    expectClose(aside.same.dataSync(), [1, 2, 3]);
    expectClose(gradients.dataSync(), [2, 4, 6]);
    disposeTree([aside.squares, gradients]);
  });

  it("keeps the parameters and leaves only what it hands out", () => {
    const params = { a: tensor1d([1, 2]), b: scalar(1) };
    const f = ({ a, b }: typeof params) => ({ value: sum(mul(square(a), b)) as Scalar, aside: { twice: mul(a, 2) as Tensor } });
    const before = memoryInUse().tensors;
    const { value, aside, gradients } = valueAndGrad(f)(params);
    expect(memoryInUse().tensors - before).toBe(1 + 1 + 2);
    disposeTree([value, aside, gradients]);
    expectNoLeak(() => {
      const { value, aside, gradients } = valueAndGrad(f)(params);
      disposeTree([value, aside, gradients]);
    });
    expectNoLeak(() => tidy(() => void valueAndGrad(f)(params)));
    expect(leaves(params).some((leaf) => leaf.isDisposed)).toBe(false);
  });

  it("says which shape a function gave that gives no scalar, and leaks nothing", () => {
    const params = tensor1d([1, 2]);
    expectNoLeak(() => {
      expect(() => valueAndGrad((a: Tensor1D) => square(a) as Tensor as Scalar)(params)).toThrow(
        "valueAndGrad: the function must give a scalar, but gave shape [2]. Take its mean or sum.",
      );
    });
  });

  it("leaks nothing when a function with an aside gives no scalar", () => {
    const params = tensor1d([1, 2]);
    expectNoLeak(() => {
      expect(() => valueAndGrad((a: Tensor1D) => ({ value: square(a) as Tensor as Scalar, aside: { a } }))(params)).toThrow("must give a scalar");
    });
  });
});

describe("valueAndGrad of no parameters at all", () => {
  it("gives the value, and a tree of nothing", async () => {
    await useBackend("simd");
    const { value, gradients } = valueAndGrad((_: Record<never, never>) => tensor1d([3]))({});
    expect([value.dataSync()[0], gradients]).toEqual([3, {}]);
  });
});
