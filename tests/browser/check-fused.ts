import type { Verdict } from "@refrain-tests/golden/check-cases";
import { type BackendName, disposeTree, memoryInUse, useBackend, valueAndGrad } from "@refrain/core";
import { add, engine, mul, type Scalar, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { FUSED_CASES, type FusedCase } from "./fused-cases.ts";

/** How much any number may differ, of the largest of its tensor. */
const TOLERANCE = 1e-3;

/** Whether each fused operation gives the values and the gradients on this backend that it gives on `simd`, and leaves no tensors behind. */
export async function* checkFused(backend: BackendName): AsyncGenerator<Verdict> {
  for (const fused of FUSED_CASES) {
    const expected = await compute("simd", fused);
    await useBackend(backend);
    const before = inUse();
    const found = await compute(backend, fused);
    const after = inUse();
    const lines = [...expected].flatMap(([name, values]) => apart(name, found.get(name) ?? [], values));
    if (after !== before) lines.push(`${before} before, ${after} after it`);
    yield { name: `fused ${fused.name}`, verdict: lines.length > 0 ? "failed" : "passed", lines };
  }
}

/** What is alive on the backend in use. */
function inUse(): string {
  return `${memoryInUse().tensors} tensors in ${engine().backend.numDataIds()} buffers`;
}

/** The outputs, and where there are any the gradients of their sum weighted by fixed numbers, by name. */
async function compute(backend: BackendName, { tensors, run, differentiable }: FusedCase): Promise<Map<string, ArrayLike<number>>> {
  await useBackend(backend);
  const given = tidy(tensors);
  const named = new Map<string, ArrayLike<number>>();
  const put = async (name: string, one: Tensor) => {
    named.set(name, await one.data());
    one.dispose();
  };
  if (differentiable === false) {
    const outputs = tidy(() => run(given));
    for (const [i, output] of outputs.entries()) await put(`output ${i + 1}`, output);
    disposeTree(given);
    return named;
  }
  const { aside, gradients, value } = valueAndGrad((inputs: Record<string, Tensor>) => {
    const outputs = run(inputs);
    const weighted = outputs.map((output, i) => sum(mul(output, weights(output, i))));
    return { value: weighted.reduce((a, b) => add(a, b)) as Scalar, aside: Object.fromEntries(outputs.map((output, i) => [`output ${i + 1}`, output])) };
  })(given);
  for (const [name, one] of Object.entries(aside)) await put(name, one);
  for (const [name, one] of Object.entries(gradients)) await put(`gradient of ${name}`, one);
  disposeTree([value, given]);
  return named;
}

const weights = ({ shape, size }: Tensor, place: number): Tensor =>
  tidy(() =>
    tensor(
      Float32Array.from({ length: size }, (_, i) => Math.cos(i + 1 + place)),
      shape,
    ),
  );

function apart(name: string, found: ArrayLike<number>, expected: ArrayLike<number>): string[] {
  const wanted = Array.from(expected);
  if (found.length !== wanted.length) return [`${name}: ${found.length} numbers, not ${wanted.length}`];
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = wanted.reduce((most, value, i) => Math.max(most, distance(found[i] as number, value)), 0);
  return worst <= TOLERANCE * Math.max(largest, 1e-6)
    ? []
    : [`${name}: differs by ${worst.toExponential(2)}, where the largest is ${largest.toExponential(2)}`];
}

/** Infinite where one of them is no number. */
const distance = (a: number, b: number) => (Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(a - b));
