import { add, engine, mul, sum, type Scalar, tensor, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { key, mapTree, memoryInUse, named, normal, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";

/** The backends that every test of numbers runs on. */
export const BACKENDS = ["simd", "cpu"] as const;

/** Normal numbers, the same for the same seed: a float32 tensor. */
export function some(shape: number[], seed: number, scale = 1): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(normal(key(seed), size, 0, scale), shape);
}

/** Fails unless the numbers agree to `bound`, relative and absolute; NaN and the infinities agree with themselves only. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, bound = 1e-5, what = "number"): void {
  expect(actual.length, `${what}s`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (!Object.is(a, e) && !(Math.abs(a - e) <= bound * (1 + Math.abs(e)))) expect.fail(`${what} ${i} is ${a}, but ${e} is expected`);
  }
}

/** Tensors, heap bytes, and data that operations keep for themselves. */
const held = (): object => ({ ...memoryInUse(), data: engine().backend.numDataIds() });

/** Fails unless `compute` gives tensors of the same shapes, types and numbers on `simd` as on `cpu`, and leaves none behind. */
export async function expectSameOnBoth(compute: () => Tensor | readonly Tensor[], bound = 1e-5): Promise<void> {
  const found: { shape: number[]; dtype: string; values: ArrayLike<number> }[][] = [];
  for (const backend of BACKENDS) {
    await useBackend(backend);
    const before = held();
    found.push(tidy(() => [compute()].flat().map((t) => ({ shape: t.shape, dtype: t.dtype, values: t.dataSync().slice() })) as never));
    expect(held(), `held on ${backend}`).toEqual(before);
  }
  const [ours, reference] = found as [(typeof found)[number], (typeof found)[number]];
  expect(ours.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(reference.map(({ shape, dtype }) => ({ shape, dtype })));
  ours.forEach(({ values }, i) => expectClose(values, (reference[i] as (typeof ours)[number]).values, bound));
}

/** Fails unless a second `run` leaves as many tensors and heap bytes as it found; the first may move what lives into the heap. */
export function expectNoLeak(run: () => void): void {
  run();
  const before = held();
  run();
  expect(held()).toEqual(before);
}

/** Fails unless the gradients of `f` by every parameter agree with central differences, to `bound` of each leaf's largest. */
export function expectTrueGradients<P extends TensorTree>(f: (params: P) => Tensor | readonly Tensor[], params: P, bound = 3e-3, step = 1e-2): void {
  const outputs = (p: P) => [f(p)].flat() as Tensor[];
  tidy(() => {
    const weights = outputs(params).map((output, i) => some(output.shape, 77 + i));
    const loss = (p: P) =>
      outputs(p)
        .map((output, i) => sum(mul(output, weights[i] as Tensor)))
        .reduce((a, b) => add(a, b)) as Scalar;
    const hosted = weights.map((weight) => weight.dataSync());
    const value = (p: P) =>
      outputs(p).reduce((total, output, i) => output.dataSync<"float32">().reduce((sum, y, j) => sum + y * (hosted[i]?.[j] as number), total), 0);
    const gradients = named(valueAndGrad(loss)(params).gradients);
    for (const [path, leaf] of named(params)) {
      const values = leaf.dataSync<"float32">().slice();
      const valueAt = (i: number, x: number) =>
        tidy(() => {
          const moved = tensor(values.with(i, x), leaf.shape);
          return value(mapTree(params, (other, name) => (name === path ? moved : other))) as never;
        }) as number;
      const expected = Array.from(values, (x, i) => {
        const [up, down] = [Math.fround(x + step), Math.fround(x - step)];
        return (valueAt(i, up) - valueAt(i, down)) / (up - down);
      });
      const largest = Math.max(...expected.map(Math.abs), 1e-2);
      const found = (gradients.get(path) as Tensor).dataSync();
      expectClose(
        Array.from(found, (g) => g / largest),
        expected.map((g) => g / largest),
        bound,
        `gradient by ${path || "the parameter"}`,
      );
    }
  });
}
