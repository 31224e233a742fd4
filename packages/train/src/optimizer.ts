import type { TensorTree } from "@refrain/core";
import type { Scalar } from "@tensorflow/tfjs-core";

/** Where training stands when an update is made. */
export type UpdateAt = {
  /** Updates made, this one included: 1, 2, … */
  readonly step: number;
  /** The learning rate. */
  readonly rate: number;
  /** What the gradients are multiplied by before all else, as clipping does; 1 by default. Only given to optimizers that `scales`. */
  readonly scale?: Scalar | undefined;
};

/** What an optimizer remembers: parts by name, each shaped as the parameters. A tree of tensors, so it saves like parameters. */
export type OptimizerState = Readonly<Record<string, TensorTree>>;

/** A record of pure functions. `update` gives new trees and leaves the old ones to the caller, who disposes them. */
export type Optimizer = {
  readonly kind: string;
  /** Whether `update` heeds `scale`; to one that does not, gradients are given that are multiplied already. */
  readonly scales?: boolean;
  /** The state before the first update. */
  init(params: TensorTree): OptimizerState;
  /** Parameters and state after one update, from gradients that are shaped as the parameters. */
  update<P extends TensorTree>(gradients: P, state: OptimizerState, params: P, at: UpdateAt): { readonly params: P; readonly state: OptimizerState };
};
