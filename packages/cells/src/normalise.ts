import { add, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { layerNorm, type LayerNormParams } from "@refrain/core";

/** Layer norm of each row of sums [batch, features], then the bias. */
export function normalise(sums: Tensor2D, norm: LayerNormParams, bias?: Tensor1D): Tensor2D {
  const normed = layerNorm({ features: norm.weight.size }).apply(norm, sums) as Tensor2D;
  return bias ? add(normed, bias) : normed;
}
