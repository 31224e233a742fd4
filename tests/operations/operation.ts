import type { TensorTree } from "@refrain/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** A public operation as the table tries it, on small inputs. */
export type Operation = {
  /** As users call it: "lstm, diagonal peepholes". */
  readonly name: string;
  /** The package that has it. */
  readonly from: string;
  /** What it is differentiated by: parameters, and inputs that gradients flow to; none of an operation that has no gradient. */
  readonly leaves: () => TensorTree;
  /** Its outputs. */
  readonly compute: (leaves: never) => Tensor | readonly Tensor[];
};

/** An operation with its leaves' type checked. */
export function operation<P extends TensorTree>(from: string, name: string, leaves: () => P, compute: (leaves: P) => Tensor | readonly Tensor[]): Operation {
  return { name, from, leaves, compute: compute as Operation["compute"] };
}
