import {
  type BackendName,
  disposeTree,
  fillTree,
  leaves,
  loadTensors,
  type StoredTensor,
  storeTensors,
  type TensorTree,
  useBackend,
  valueAndGrad,
} from "@refrain/core";
import { add, engine, mul, type Scalar, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { countKernels } from "./count-kernels.ts";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import type { Row } from "./settle.ts";
import { rowName } from "./table.ts";

/** How much a backend may differ from the CPU backend, of the largest number. */
const TOLERANCE = 1e-3;

type Numbers = { readonly outputs: readonly number[]; readonly gradients: readonly number[]; readonly fused: boolean };

/** Tries every operation on a backend, and compares its numbers with the CPU backend's. */
export async function* probe(backend: BackendName): AsyncGenerator<Row> {
  for (const operation of OPERATIONS) {
    const name = rowName(operation);
    try {
      await useBackend("cpu");
      const given = operation.leaves();
      const stored = storeTensors(given);
      const expected = await compute(operation, given);
      disposeTree(given);
      await useBackend(backend);
      const found = await compute(operation, loaded(operation, stored));
      const error = Math.max(apart(found.outputs, expected.outputs), apart(found.gradients, expected.gradients));
      const cell = ["forward", ...(expected.gradients.length > 0 ? ["gradient"] : []), found.fused ? "fused" : "composed"].join(", ");
      yield { name, cell, ...(error > TOLERANCE && { problem: `differs from cpu by ${error.toExponential(2)} of the largest number` }) };
    } catch (error) {
      yield { name, cell: "fails", problem: (error as Error).stack ?? String(error) };
    }
  }
}

/** The same leaves on the backend in use. */
function loaded(operation: Operation, stored: ReadonlyMap<string, StoredTensor>): TensorTree {
  const like = operation.leaves();
  const filled = fillTree(like, loadTensors(stored));
  disposeTree(like);
  return filled;
}

/** Outputs, and gradients of their sum weighted by fixed numbers. */
async function compute({ compute: run }: Operation, given: TensorTree): Promise<Numbers> {
  engine().startScope();
  try {
    const kernels = countKernels();
    let outputs: readonly Tensor[] = [];
    const differentiable = leaves(given).length > 0;
    const evaluate = (p: TensorTree) => {
      const all = [run(p as never)].flat() as Tensor[];
      return { value: weightedSum(all), aside: Object.fromEntries(all.map((output, i) => [String(i), output])) };
    };
    let gradients: readonly Tensor[] = [];
    if (differentiable) {
      const result = valueAndGrad(evaluate)(given);
      outputs = Object.values(result.aside);
      gradients = leaves(result.gradients);
    } else outputs = [run(given as never)].flat() as Tensor[];
    const fused = kernels.fused();
    return { outputs: await numbersOf(outputs), gradients: await numbersOf(gradients), fused };
  } finally {
    engine().endScope();
  }
}

function weightedSum(outputs: readonly Tensor[]): Scalar {
  return tidy(() => outputs.map((output) => sum(mul(output, weights(output)))).reduce((a, b) => add(a, b))) as Scalar;
}

const weights = ({ shape, size }: Tensor): Tensor =>
  tensor(
    Float32Array.from({ length: size }, (_, i) => Math.cos(i + 1)),
    shape,
  );

async function numbersOf(tensors: readonly Tensor[]): Promise<number[]> {
  const arrays = await Promise.all(tensors.map((one) => one.data()));
  return arrays.flatMap((values) => [...values]);
}

function apart(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...expected.map(Math.abs), 1e-6);
  const most = Math.max(0, ...expected.map((value, i) => Math.abs((found[i] as number) - value)));
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most / scale;
}
