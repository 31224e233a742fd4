import { fold, type HiddenState, type RecurrentParams } from "@refrain/cells";
import { dense, type DenseParams, type Key, split } from "@refrain/core";
import type { AddingBatch } from "@refrain/data";
import type { Objective } from "@refrain/train";
import { abs, cast, less, mean, scalar, type Scalar, square, sub, sum, type Tensor2D, tensor2d, tensor3d, type Tensor3D } from "@tensorflow/tfjs-core";
import type { StudyCell } from "./cells.ts";

export type AddingParams = { readonly cell: RecurrentParams; readonly head: DenseParams };

/** A cell that answers the adding problem: one number, from the hidden state after the last step. */
export type AddingNet = {
  readonly cell: StudyCell;
  init(key: Key): AddingParams;
  /** The mean squared error of what it answers from the state after the last step; `targets` [batch, 1]. */
  error(params: AddingParams, state: HiddenState, targets: Tensor2D): Scalar;
  /** The mean squared error of a batch; an answer is right when it is within 0.04 of the sum, as Hochreiter and Schmidhuber (1997) count. */
  readonly objective: Objective<AddingParams, AddingBatch>;
};

const NEAR = 0.04;

export function addingNet(cell: StudyCell): AddingNet {
  const net = fold(cell),
    head = dense({ inputs: cell.hiddenSize, outputs: 1 });
  const misses = (params: AddingParams, { h }: HiddenState, targets: Tensor2D) => sub(head.apply(params.head, h), targets);
  return {
    cell,
    init(key) {
      const [a, b] = split(key) as [Key, Key];
      return { cell: net.init(a), head: head.init(b) };
    },
    error: (params, state, targets) => mean(square(misses(params, state, targets))) as Scalar,
    objective(params, batch) {
      const { x, targets } = addingTensors(batch);
      const missed = misses(params, net.apply(params.cell, { x }).state, targets);
      return {
        value: mean(square(missed)),
        aside: { correct: sum(cast(less(abs(missed), NEAR), "float32")) as Scalar, total: scalar(batch.batch) },
      };
    },
  };
}

/** `x` [batch, time, 2] and `targets` [batch, 1]. */
export function addingTensors({ batch, time, inputs, targets }: AddingBatch): { readonly x: Tensor3D; readonly targets: Tensor2D } {
  return { x: tensor3d(inputs, [batch, time, 2]), targets: tensor2d(targets, [batch, 1]) };
}
