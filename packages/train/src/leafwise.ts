import { mul, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { mapTree, named, type TensorTree } from "@refrain/core";
import type { Optimizer, UpdateAt } from "./optimizer.ts";

type Parts = { readonly [part: string]: Tensor | undefined };

type Rule<S extends Parts> = {
  readonly kind: string;
  /** What is remembered of each tensor of the parameters, by part, and how it begins. */
  readonly begin: { readonly [Part in keyof S]: (weights: Tensor) => Tensor };
  /** Whether `step` multiplies the gradient by the update's scale itself; else it is given one that is multiplied. */
  readonly scales?: boolean;
  /** A tensor's next weights, and the next of all that is remembered of it: new tensors of the weights' shape. */
  step(leaf: { readonly weights: Tensor; readonly gradient: Tensor; readonly state: S }, at: UpdateAt): { readonly weights: Tensor; readonly state: S };
};

/** An optimizer that updates every tensor of the parameters by itself, all by one rule. */
export function leafwise<S extends Parts>({ kind, begin, scales = false, step }: Rule<S>): Optimizer {
  const parts = Object.entries(begin) as [string, (weights: Tensor) => Tensor][];
  return {
    kind,
    scales: true,
    init: (params) => Object.fromEntries(parts.map(([part, first]) => [part, mapTree(params, first)])),
    update(gradients, state, params, at) {
      const given = leavesOf(kind, "the gradients", gradients);
      const gradient: typeof given = (path, weights) => (at.scale && !scales ? mul(given(path, weights), at.scale) : given(path, weights));
      const remembered = parts.map(([part]) => [part, leavesOf(kind, `the state's ${part}`, state[part])] as const);
      const next = new Map(
        [...named(params)].map(([path, weights]) => {
          const own = Object.fromEntries(remembered.map(([part, of]) => [part, of(path, weights)])) as S;
          return [path, tidy(() => step({ weights, gradient: gradient(path, weights), state: own }, at))] as const;
        }),
      );
      const leaf = (path: string) => next.get(path) as { weights: Tensor; state: S };
      return {
        params: mapTree(params, (_, path) => leaf(path).weights),
        state: Object.fromEntries(parts.map(([part]) => [part, mapTree(params, (_, path) => leaf(path).state[part] as Tensor)])),
      };
    },
  };
}

/** Finds the tensor of a tree that belongs to a weight. @throws {Error} where there is none of its shape, which broadcasting would hide. */
function leavesOf(kind: string, what: string, tree: TensorTree | undefined): (path: string, weights: Tensor) => Tensor {
  const leaves = tree && named(tree);
  return (path, { shape }) => {
    const found = leaves?.get(path);
    if (found?.shape.join() !== shape.join())
      throw new Error(
        `${kind}: ${what} must be shaped as the parameters, where ${path || "the tensor"} is [${shape}], but ${found ? `it is [${found.shape}]` : "it is missing"} there. Begin with init(params).`,
      );
    return found as Tensor;
  };
}
