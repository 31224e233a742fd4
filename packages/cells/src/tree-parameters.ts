import { type Tensor1D, tensor1d, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { type Key, split, uniform } from "@refrain/core";
import type { CellSizes } from "./parameters.ts";

/** The parameters of a net over trees, the gates' rows one after the other. */
export type TreeParams = {
  /** [gates * hidden, input] */
  readonly weightInput: Tensor2D;
  /** [gates * hidden, hidden] */
  readonly weightHidden: Tensor2D;
  /** [gates * hidden] */
  readonly bias?: Tensor1D;
};

/** A batch of trees as one forest. Nodes may come in any order. */
export type TreeInput = {
  /** [nodes, input] */
  readonly x: Tensor2D;
  /** [nodes]: the index of each node's parent, -1 for a root. */
  readonly parents: Int32Array | readonly number[];
};

/** Fresh parameters, uniform in +-1/sqrt(hidden), as PyTorch starts those of its recurrent nets. */
export function initTree(key: Key, gates: number, { input, hidden, bias = true }: CellSizes): TreeParams {
  const bound = 1 / Math.sqrt(hidden),
    rows = gates * hidden;
  const [a, b, c] = split(key, 3) as [Key, Key, Key];
  return {
    weightInput: tensor2d(uniform(a, rows * input, -bound, bound), [rows, input]),
    weightHidden: tensor2d(uniform(b, rows * hidden, -bound, bound), [rows, hidden]),
    ...(bias && { bias: tensor1d(uniform(c, rows, -bound, bound)) }),
  };
}

/** @throws {Error} unless `x` is [nodes, input] with at least one node. */
export function checkNodes(asker: string, x: Tensor2D, input: number): void {
  if (x.shape.length !== 2 || x.shape[1] !== input || x.shape[0] < 1)
    throw new Error(`${asker}: x must be [nodes, ${input}] with at least one node, but is [${x.shape}].`);
}
