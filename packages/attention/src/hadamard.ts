import { mul, type Tensor } from "@tensorflow/tfjs-core";

/** The product element by element, named after Hadamard: [[1, 2], [3, 4]] and [[3, 2], [4, 1]] give [[3, 4], [12, 4]]. Gates use it. */
export function hadamard(a: Tensor, b: Tensor): Tensor {
  if (a.shape.join() !== b.shape.join()) throw new Error(`hadamard: both must have one shape, but they are [${a.shape}] and [${b.shape}].`);
  return mul(a, b);
}
