import { cast, div, maximum, type Scalar, sum, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { keptLabels } from "./kept-labels.ts";

/** The mean of the losses of those items whose label is a class; 0 where there is none. `losses` is 0 at the others. */
export function keptMean(losses: Tensor1D, labels: Tensor, classes: number): Scalar {
  const kept = sum(cast(keptLabels(labels, classes), "float32"));
  return div(sum(losses), maximum(kept, 1));
}
