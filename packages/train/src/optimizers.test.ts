import { disposeTree, leaves, memoryInUse, useBackend } from "@refrain/core";
import { engine, scalar, tensor1d, type Tensor1D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { adamw } from "./adamw.ts";
import { clipByGlobalNorm, globalNorm } from "./clip-by-global-norm.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import type { Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

type Params = { w: Tensor1D };

const OPTIMIZERS: Record<string, Optimizer> = {
  adamw: adamw(),
  adam: adamw({ decay: 0 }),
  sgd: sgd(),
  momentum: sgd({ momentum: 0.9 }),
  nesterov: sgd({ momentum: 0.9, nesterov: true }),
};

/** Weights after some updates by the same gradient, on a backend. */
async function updated(backend: "simd" | "cpu", optimizer: (typeof OPTIMIZERS)[string]): Promise<number[]> {
  await useBackend(backend);
  return engine().tidy(() => {
    let params: Params = { w: tensor1d([1, -2, 3, 0.5, 7]) };
    let state = optimizer.init(params);
    for (let step = 1; step <= 5; step++) {
      ({ params, state } = optimizer.update({ w: tensor1d([0.1, -0.2, 0.3, 4, -5]) }, state, params, { step, rate: 0.05 }));
    }
    return [...params.w.dataSync()];
  });
}

describe.each(Object.entries(OPTIMIZERS))("%s", (_, optimizer) => {
  it("gives the same weights on simd and on cpu", async () => {
    const [ours, reference] = [await updated("simd", optimizer), await updated("cpu", optimizer)];
    ours.forEach((weight, i) => expect(weight).toBeCloseTo(reference[i] as number, 5));
  });

  it("moves against the gradient", async () => {
    const [first] = await updated("simd", optimizer);
    expect(first).toBeLessThan(1);
  });

  it("makes new trees and leaks nothing", async () => {
    await useBackend("simd");
    const params: Params = { w: tensor1d([1, 2, 3]) },
      gradients: Params = { w: tensor1d([1, 1, 1]) };
    const state = optimizer.init(params);
    const before = memoryInUse().tensors;
    const next = optimizer.update(gradients, state, params, { step: 1, rate: 0.1 });
    expect([...params.w.dataSync()]).toEqual([1, 2, 3]);
    const made = next.state === state ? leaves(next.params) : leaves([next.params, next.state]);
    expect(memoryInUse().tensors - before).toBe(made.length);
    disposeTree([params, gradients, state, ...made]);
  });
});

describe("clipByGlobalNorm", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("leaves no norm above the limit, and gradients under it as they are", () => {
    const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(numbers, numbers, fc.float({ min: 0.125, max: 50, noNaN: true }), (a, b, limit) =>
        engine().tidy(() => {
          const { gradients, norm } = clipByGlobalNorm({ a: tensor1d(a), b: [tensor1d(b)] }, limit);
          const before = norm.dataSync()[0] as number,
            after = globalNorm(gradients).dataSync()[0] as number;
          expect(before).toBeCloseTo(Math.hypot(...a, ...b), 2);
          expect(after).toBeLessThanOrEqual(limit * 1.00001);
          if (before < limit * 0.999) expect([...gradients.a.dataSync()]).toEqual([...Float32Array.from(a)]);
        }),
      ),
    );
  });

  it("refuses a limit that is not over 0", () => {
    expect(() => clipByGlobalNorm({ a: scalar(1) }, 0)).toThrow(/over 0.*is 0/);
  });
});

describe("schedules", () => {
  it("rise from nothing and fall along half a cosine to a tenth", () => {
    const rate = cosine(1, { warmup: 10 });
    expect(rate({ step: 0, progress: 0 })).toBeCloseTo(0.1);
    expect(rate({ step: 500, progress: 0.5 })).toBeCloseTo(0.55);
    expect(rate({ step: 1000, progress: 1 })).toBeCloseTo(0.1);
    expect(constant(3)({ step: 9, progress: 0.9 })).toBe(3);
    expect(constant(3, { warmup: 4 })({ step: 1, progress: 0 })).toBe(1.5);
  });

  it("say what is wrong with their options", () => {
    expect(() => cosine(1, { floor: 2 })).toThrow(/floor must be from 0 to 1, but is 2/);
    expect(() => adamw({ beta1: 1 })).toThrow(/beta1 must be from 0 to under 1, but is 1/);
    expect(() => sgd({ nesterov: true })).toThrow(/momentum over 0/);
  });
});
