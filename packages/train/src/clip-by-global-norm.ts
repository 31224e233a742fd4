import { mul, type Scalar, sqrt, square, stack, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { fusedSquaredNorm, leaves, mapTree, type TensorTree } from "@refrain/core";
import { checkPositive } from "./check-config.ts";
import { clippingScale } from "./clipping-scale.ts";

/** The norm of all gradients together, as if they were one vector. */
export function globalNorm(gradients: TensorTree): Scalar {
  return tidy(() => {
    const all = leaves(gradients);
    // Not addN, which fails on WebGPU for more tensors than a shader may bind.
    return sqrt(fusedSquaredNorm(all) ?? (sum(stack(all.map((leaf) => sum(square(leaf))))) as Scalar));
  });
}

/**
 * Scales the gradients down so that their common norm is at most `limit` (Pascanu et al. 2013), as PyTorch's `clip_grad_norm_`.
 * Gives new gradients and the norm before clipping; the caller disposes both, and the old gradients.
 *
 * @throws {RangeError} unless the limit is over 0.
 */
export function clipByGlobalNorm<P extends TensorTree>(gradients: P, limit: number): { readonly gradients: P; readonly norm: Scalar } {
  checkPositive("clipByGlobalNorm", { limit });
  const norm = globalNorm(gradients);
  const scale = clippingScale(norm, limit);
  const clipped = mapTree(gradients, (leaf: Tensor) => mul(leaf, scale));
  scale.dispose();
  return { gradients: clipped, norm };
}
