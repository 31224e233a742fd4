import type { TensorTree } from "@refrain/core";

/** Where training stands when an update is made. */
export type UpdateAt = {
  /** Updates made, this one included: 1, 2, … */
  readonly step: number;
  /** The learning rate. */
  readonly rate: number;
};

/**
 * A record of pure functions. The state is a tree of tensors too, so it saves like parameters. `update` gives new trees and leaves
 * the old ones to the caller, who disposes them.
 */
export type Optimizer<P extends TensorTree, S extends TensorTree> = {
  readonly kind: string;
  init(params: P): S;
  update(gradients: P, state: S, params: P, at: UpdateAt): { readonly params: P; readonly state: S };
};
