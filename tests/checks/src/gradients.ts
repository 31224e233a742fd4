import { add, engine, mul, type Scalar, sum, Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, some } from "./numbers.ts";

/** Parameters: tensors in nested objects and arrays. */
type Params = Tensor | readonly Params[] | { readonly [name: string]: Params | undefined };

/** The tensors of a tree, each with its path. */
function leaves(tree: Params | undefined, path = ""): [string, Tensor][] {
  if (tree === undefined) return [];
  if (tree instanceof Tensor) return [[path, tree]];
  return Object.entries(tree).flatMap(([name, child]) => leaves(child, path === "" ? name : `${path}.${name}`));
}

/** The tree with one of its tensors replaced. */
function replaced(tree: Params | undefined, old: Tensor, by: Tensor): Params | undefined {
  if (tree === undefined || tree instanceof Tensor) return tree === old ? by : tree;
  if (Array.isArray(tree)) return tree.map((child) => replaced(child, old, by) as Params);
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, replaced(child, old, by)]));
}

/** Where a difference is off, those over these shares of the step are averaged: rounding is another in each of them, a wrong gradient is not. */
const SHARES = [0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2];

/**
 * Fails unless the gradients of `f` by every parameter agree with central differences, to `bound` of each leaf's largest. Every
 * output takes part, weighted by fixed random numbers, so that no two errors cancel.
 */
export function expectTrueGradients<P extends Params>(f: (params: P) => Tensor | readonly Tensor[], params: P, bound = 3e-3, step = 1e-2): void {
  const outputs = (p: P) => [f(p)].flat() as Tensor[];
  tidy(() => {
    const weights = outputs(params).map((output, i) => some(output.shape, 77 + i));
    const hosted = weights.map((weight) => weight.dataSync());
    const loss = () =>
      outputs(params)
        .map((output, i) => sum(mul(output, weights[i] as Tensor)))
        .reduce((a, b) => add(a, b)) as Scalar;
    // Summed up in float64, or rounding would drown the differences.
    const value = (p: P) =>
      outputs(p).reduce((total, output, i) => output.dataSync<"float32">().reduce((sum, y, j) => sum + y * (hosted[i]?.[j] as number), total), 0);
    const named = leaves(params);
    const { grads } = engine().gradients(
      loss,
      named.map(([, leaf]) => leaf),
      undefined,
      true,
    );
    named.forEach(([path, leaf], at) => {
      const values = leaf.dataSync<"float32">().slice();
      const valueAt = (i: number, x: number) => tidy(() => value(replaced(params, leaf, tensor(values.with(i, x), leaf.shape)) as P) as never) as number;
      const difference = (i: number, half: number) => {
        const x = values[i] as number;
        const [up, down] = [Math.fround(x + half), Math.fround(x - half)];
        return (valueAt(i, up) - valueAt(i, down)) / (up - down);
      };
      const first = Array.from(values, (_, i) => difference(i, step));
      const largest = Math.max(...first.map(Math.abs), 1e-2);
      const found = grads[at]?.dataSync<"float32">() ?? new Float32Array(leaf.size);
      const expected = first.map((slope, i) => {
        if (Math.abs(slope - (found[i] as number)) <= (bound / 2) * largest) return slope;
        return SHARES.reduce((sum, share) => sum + difference(i, share * step), 0) / SHARES.length;
      });
      expectClose(
        Array.from(found, (g) => g / largest),
        expected.map((g) => g / largest),
        bound,
        `gradient by ${path || "the parameter"}`,
      );
    });
  });
}
