import { add, div, minimum, type Scalar, tidy } from "@tensorflow/tfjs-core";
import { checkPositive } from "./check-config.ts";

/**
 * What gradients of this common norm are multiplied by for it to be at most `limit` (Pascanu et al. 2013): min(limit / (norm + 1e-6), 1).
 *
 * @throws {RangeError} unless the limit is over 0.
 */
export function clippingScale(norm: Scalar, limit: number): Scalar {
  checkPositive("clippingScale", { limit });
  return tidy(() => minimum(div(limit, add(norm, 1e-6)), 1));
}
