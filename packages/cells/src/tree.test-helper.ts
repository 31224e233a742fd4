import { gather, slice, type Tensor, tensor1d, type Tensor2D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Layer } from "@refrain/core";
import type { CellSizes } from "./parameters.ts";
import { recursiveNet } from "./recursive-net.ts";
import { treeLstm } from "./tree-lstm.ts";
import type { TreeInput, TreeParams } from "./tree-parameters.ts";

export type TreeNet = Layer<TreeParams, TreeInput, Record<string, Tensor2D>>;

/** Every net over trees, by name. */
export const TREE_NETS: readonly (readonly [string, (sizes: CellSizes) => TreeNet])[] = [
  ["treeLstm", (sizes) => treeLstm(sizes)],
  ["recursiveNet with tanh", (sizes) => recursiveNet(sizes)],
  ["recursiveNet with relu", (sizes) => recursiveNet({ ...sizes, nonlinearity: "relu" })],
];

/** A forest whose nodes come in any order: each node's parent was put in before it, under a name of its own. */
export const forests: fc.Arbitrary<number[]> = fc
  .array(fc.nat(), { minLength: 1, maxLength: 9 })
  .chain((draws) => fc.tuple(fc.constant(draws), fc.shuffledSubarray([...draws.keys()], { minLength: draws.length, maxLength: draws.length })))
  .map(([draws, names]) => {
    const parents = new Array<number>(draws.length).fill(-1);
    draws.forEach((draw, i) => {
      const parent = (draw % (i + 1)) - 1;
      parents[names[i] as number] = parent < 0 ? -1 : (names[parent] as number);
    });
    return parents;
  });

/** The parents in a chain whose first node is the deepest: a sequence read from its first step on. */
export const chainOf = (length: number): number[] => Array.from({ length }, (_, i) => (i === length - 1 ? -1 : i + 1));

/** Sizes of a net over trees. */
export const sizes: fc.Arbitrary<CellSizes & { readonly bias: boolean }> = fc.record({
  input: fc.integer({ min: 1, max: 5 }),
  hidden: fc.integer({ min: 1, max: 5 }),
  bias: fc.boolean(),
});

/** The rows of a matrix in another order. */
export function rows(matrix: Tensor, order: readonly number[]): Tensor2D {
  return gather(matrix as Tensor2D, tensor1d([...order], "int32"));
}

/** Some of the rows of a matrix. */
export function block(matrix: Tensor2D, start: number, size: number): Tensor2D {
  return slice(matrix, [start, 0], [size, -1]);
}
