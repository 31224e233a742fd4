import { tensor, type Tensor } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import { disposeTree } from "../tree.ts";
import { useBackend } from "../use-backend.ts";
import type { AdamwTensors } from "./adamw-contract.ts";
import { fusedAdamw } from "./fused-adamw.ts";
import { fusedSquaredNorm } from "./fused-squared-norm.ts";

const STEP = { keep: 0.99, beta1: 0.9, beta2: 0.999, step: 0.01, correction: 1.5, epsilon: 1e-8 };
const numbers = (x: Tensor) => [...x.dataSync()];

beforeEach(async () => {
  await useBackend("simd");
});

describe("fusedAdamw", () => {
  it("takes the step of the formula, into new tensors of the same shape", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }), fc.nat(100), (shape, seed) => {
        const tensors: AdamwTensors = {
          weights: some(shape, seed),
          first: some(shape, seed + 1),
          second: tensor(numbers(some(shape, seed + 2)).map(Math.abs), shape),
        };
        const gradients = some(shape, seed + 3);
        const before = [tensors.weights, tensors.first, tensors.second].map(numbers) as [number[], number[], number[]];
        const next = fusedAdamw(tensors, gradients, STEP) as AdamwTensors;
        const g = numbers(gradients);
        const first = before[1].map((m, i) => 0.9 * m + 0.1 * (g[i] as number));
        const second = before[2].map((v, i) => 0.999 * v + 0.001 * (g[i] as number) ** 2);
        expect([next.weights.shape, next.first.shape, next.second.shape]).toEqual([shape, shape, shape]);
        expectClose(numbers(next.first), first);
        expectClose(numbers(next.second), second);
        expectClose(
          numbers(next.weights),
          before[0].map((w, i) => w * 0.99 - (0.01 * (first[i] as number)) / (1.5 * Math.sqrt(second[i] as number) + 1e-8)),
          1e-4,
        );
        expect([tensors.weights, tensors.first, tensors.second].map(numbers)).toEqual(before);
        disposeTree([tensors, next, gradients]);
      }),
      { numRuns: 30 },
    );
  });

  it("leaks nothing", () => {
    const tensors: AdamwTensors = { weights: some([5], 1), first: some([5], 2), second: some([5], 3) };
    const gradients = some([5], 4);
    expectNoLeak(() => disposeTree(fusedAdamw(tensors, gradients, STEP) as AdamwTensors));
  });
});

describe("fusedSquaredNorm", () => {
  it("sums the squares of all numbers of all tensors", () => {
    const squares = fusedSquaredNorm([tensor([1, 2, 3]), tensor([[4], [5]]), tensor([])]);
    expectClose(squares?.dataSync() ?? [], [55]);
    expect(fusedSquaredNorm([])?.dataSync()[0]).toBe(0);
  });
});

describe("the optimizer's kernels", () => {
  it("are not to be had where the backend is not simd", async () => {
    await useBackend("cpu");
    const x = some([2], 1);
    expect(fusedAdamw({ weights: x, first: x, second: x }, x, STEP)).toBeUndefined();
    expect(fusedSquaredNorm([x])).toBeUndefined();
  });
});
