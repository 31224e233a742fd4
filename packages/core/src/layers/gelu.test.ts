import { mul, type Scalar, sum, type Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { gelu } from "./gelu.ts";

const KINDS = ["none", "tanh"] as const;

/** The error function by its series (Abramowitz and Stegun 1964, eq. 7.1.5), good to 1e-9 up to 4. */
function erf(x: number): number {
  let term = x,
    sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const FORMULAS = {
  none: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  tanh: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });

describe.each(BACKENDS)("gelu on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(KINDS)("is its formula from -5 to 5, approximate: %s", (approximate) => {
    const numbers = Array.from({ length: 401 }, (_, i) => -5 + i / 40);
    expectClose(gelu(tensor1d(numbers), { approximate }).dataSync(), numbers.map(FORMULAS[approximate]), 1e-6);
  });

  it.each(KINDS)("takes whole numbers too, approximate: %s", (approximate) => {
    const y = gelu(tensor1d([-2, 0, 1, 3], "int32"), { approximate });
    expect(y.dtype).toBe("float32");
    expectClose(y.dataSync(), [-2, 0, 1, 3].map(FORMULAS[approximate]), 1e-6);
  });

  it.each(KINDS)("is 0 far below and the number itself far above, with slopes of 0 and 1, approximate: %s", (approximate) => {
    const x = tensor1d([-6.5, -50, -1e4, 50, 1e4]);
    const expected = [0, 0, 0, 50, 1e4];
    gelu(x, { approximate })
      .dataSync()
      .forEach((y, i) => expect(Math.abs(y - (expected[i] as number))).toBeLessThan(1e-8));
    const { gradients } = valueAndGrad((own: Tensor) => sum(gelu(own, { approximate })) as Scalar)(x);
    expectClose(gradients.dataSync(), [0, 0, 0, 1, 1], 1e-8);
  });

  it("is exact unless told otherwise", () => {
    const x = some([50], 1, 2);
    expect(gelu(x).dataSync()).toEqual(gelu(x, { approximate: "none" }).dataSync());
    expect(gelu(x).dataSync()).not.toEqual(gelu(x, { approximate: "tanh" }).dataSync());
  });

  it.each(KINDS)("leaves large numbers and drops large negative ones, with slopes of 1 and 0, approximate: %s", (approximate) => {
    const numbers = [1e4, 30, -30, -1e4, 0];
    const x = tensor1d(numbers);
    // Of a large negative number's size a rounding of 1 - 1 may be left.
    const found = Array.from(gelu(x, { approximate }).dataSync(), (y, i) => y / Math.max(Math.abs(numbers[i] as number), 1));
    expectClose(found, [1, 1, 0, 0, 0], 1e-7);
    const { gradients } = valueAndGrad((at: Tensor) => sum(gelu(at, { approximate })) as Scalar)(x);
    expectClose(gradients.dataSync(), [1, 1, 0, 0, 0.5]);
  });

  it.each(KINDS)("has true gradients, approximate: %s", (approximate) => {
    expectTrueGradients((x: Tensor) => gelu(x, { approximate }), some([4, 5], 2, 2));
  });

  it.each(KINDS)("leaks nothing, approximate: %s", (approximate) => {
    const x = some([3, 4], 1);
    expectNoLeak(() => tidy(() => void gelu(x, { approximate })));
    expectNoLeak(() => tidy(() => void valueAndGrad((at: Tensor) => sum(gelu(at, { approximate })) as Scalar)(x)));
  });
});

describe("gelu", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(...KINDS), fc.nat(999), async (shape, approximate, seed) => {
        await expectSameOnBoth(useBackend, () => {
          const x = some(shape, seed, 3),
            weights = some(shape, seed + 1);
          const { gradients } = valueAndGrad((at: Tensor) => sum(mul(gelu(at, { approximate }), weights)) as Scalar)(x);
          return [gelu(x, { approximate }), gradients];
        });
      }),
      { numRuns: 30 },
    );
  });
});
