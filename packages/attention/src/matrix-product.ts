import { matMul, type Tensor } from "@tensorflow/tfjs-core";

/** The product of rows by columns: [[1, 2], [3, 4]] and [[3, 2], [4, 1]] give [[11, 4], [25, 10]]. Layers and attention use it. */
export function matrixProduct(a: Tensor, b: Tensor): Tensor {
  return matMul(a, b);
}
