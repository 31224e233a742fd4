import { cast, clipByValue, gather, mul, reshape, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { keptLabels } from "./kept-labels.ts";

/**
 * The weight of each label's class: [items]; 0 for a label that is no class. `weights` [classes], `labels` int32 [..].
 *
 * @throws {Error} unless there is one weight for each class.
 */
export function labelWeights(weights: Tensor1D, labels: Tensor, classes: number): Tensor1D {
  if (weights.shape.join() !== String(classes))
    throw new Error(`one weight for each of the ${classes} classes must be given, but the weights are [${weights.shape}].`);
  const flat = reshape(labels, [-1]);
  return mul(gather(weights, cast(clipByValue(flat, 0, classes - 1), "int32")), cast(keptLabels(flat, classes), "float32"));
}
