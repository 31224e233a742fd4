import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { affine, type LayerNormParams } from "@refrain/core";
import { normalise } from "./normalise.ts";

/** x W + b, where there is a norm normalised before the bias: [batch, inputs] to [batch, outputs]. `weight` [outputs, inputs]. */
export function product(x: Tensor2D, weight: Tensor2D, bias?: Tensor1D, norm?: LayerNormParams): Tensor2D {
  return norm ? normalise(affine(x, { weight }) as Tensor2D, norm, bias) : (affine(x, { weight, ...(bias && { bias }) }) as Tensor2D);
}
