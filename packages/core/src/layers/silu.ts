import { mul, sigmoid, type Tensor } from "@tensorflow/tfjs-core";

/** x sigmoid(x) (Elfwing et al. 2017), also called swish. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}
