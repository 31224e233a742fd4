import { split, type Tensor2D } from "@tensorflow/tfjs-core";

/** The rows of each level, one after the other. (TensorFlow.js's split has no gradient when there is a single piece.) */
export function splitLevels(x: Tensor2D, sizes: readonly number[]): Tensor2D[] {
  return sizes.length === 1 ? [x] : (split(x, [...sizes]) as Tensor2D[]);
}
