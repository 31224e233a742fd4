// Every operation that gradients flow through, on the backends that every machine has: its gradients are true, and it leaks nothing.
import { leaves, mapTree, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { BACKENDS, expectNoLeak, some } from "@refrain-tests/checks";
import { add, dispose, mul, type Scalar, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";

/** How far numbers are moved to see how the outputs follow: small enough for curves, large enough for float32. */
const STEP = 1e-3;
/** How much a slope may differ from its gradient, of what a gradient of its size could come to. */
const BOUND = 1e-2;
/** What rounding does to an output on its way through a net, of itself. */
const ROUNDING = 3e-7;
/** Directions that each tensor is moved in. */
const DIRECTIONS = 3;

const outputsOf = ({ compute }: Operation, given: TensorTree): Tensor[] => [compute(given as never)].flat() as Tensor[];

/** The outputs' sum, weighted by fixed random numbers so that no two errors cancel. */
const lossOf = (operation: Operation, given: TensorTree): Scalar =>
  outputsOf(operation, given)
    .map((output, i) => sum(mul(output, some(output.shape, 77 + i))))
    .reduce((a, b) => add(a, b)) as Scalar;

/** The same in float64, where the sum's rounding would drown the differences; and how far the outputs' own may carry it. */
function hostedLoss(operation: Operation, given: TensorTree): { value: number; rounding: number } {
  const products = tidy(
    () =>
      outputsOf(operation, given).flatMap((output, i) => {
        const weights = some(output.shape, 77 + i).dataSync<"float32">();
        return Array.from(output.dataSync<"float32">(), (value, at) => value * (weights[at] as number));
      }) as never,
  ) as number[];
  return { value: products.reduce((a, b) => a + b, 0), rounding: ROUNDING * Math.hypot(...products) };
}

/** The slope of the value along a direction, by central differences, and what the gradients say it is. */
function slopes(operation: Operation, given: TensorTree, path: string, gradient: Tensor, seed: number): { found: number; expected: number; allowed: number } {
  const leaf = named(given).get(path) as Tensor;
  const values = leaf.dataSync<"float32">(),
    along = some(leaf.shape, seed).dataSync<"float32">(),
    slope = gradient.dataSync<"float32">();
  const valueAt = (distance: number) => {
    const moved = tensor(
      values.map((x, i) => x + distance * (along[i] as number)),
      leaf.shape,
    );
    const loss = hostedLoss(
      operation,
      mapTree(given, (other, name) => (name === path ? moved : other)),
    );
    dispose(moved);
    return loss;
  };
  const [ahead, behind] = [valueAt(STEP), valueAt(-STEP)];
  const found = (ahead.value - behind.value) / (2 * STEP);
  const products = Array.from(slope, (g, i) => g * (along[i] as number));
  return { found, expected: products.reduce((a, b) => a + b, 0), allowed: BOUND * Math.hypot(...products) + ahead.rounding / STEP };
}

describe.each(BACKENDS)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(OPERATIONS.map((operation) => ({ name: `${operation.from}: ${operation.name}`, operation })))("$name", ({ operation }) => {
    tidy(() => {
      const given = operation.leaves();
      const gradients = named(valueAndGrad((p: TensorTree) => lossOf(operation, p))(given).gradients);
      for (const [path, gradient] of gradients) {
        for (let i = 0; i < DIRECTIONS; i++) {
          const { found, expected, allowed } = slopes(operation, given, path, gradient, 1000 + i);
          expect(Math.abs(found - expected), `the slope by ${path}: ${found}, by the gradients ${expected}`).toBeLessThanOrEqual(allowed);
        }
      }
    });
    const given = operation.leaves();
    expectNoLeak(() => tidy(() => void outputsOf(operation, given)));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: TensorTree) => lossOf(operation, p))(given)));
    for (const leaf of leaves(given)) leaf.dispose();
  });
});
