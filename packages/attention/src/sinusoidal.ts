import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { sinusoids } from "@refrain/kernels/nets";

/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5): [positions, features], the sine of each angle on even features, its cosine on odd ones.
 *
 * @throws {RangeError} unless the features are even.
 */
export function sinusoidal(positions: number, features: number, options?: { base?: number; first?: number }): Tensor2D {
  return tensor2d(sinusoids(positions, features, options), [positions, features]);
}
