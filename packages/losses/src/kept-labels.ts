import { greaterEqual, less, logicalAnd, type Tensor } from "@tensorflow/tfjs-core";

/** Which labels are classes: bool, shaped as the labels. The others are ignored. */
export function keptLabels(labels: Tensor, classes: number): Tensor {
  return logicalAnd(greaterEqual(labels, 0), less(labels, classes));
}
