import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { angles, BASE, checkEven } from "./angles.ts";

/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5): [positions, features], the sine of each angle on even features, its cosine on odd ones.
 *
 * @throws {RangeError} unless the features are even.
 */
export function sinusoidal(positions: number, features: number, { base = BASE, first = 0 }: { base?: number; first?: number } = {}): Tensor2D {
  checkEven("sinusoidal", features);
  const turned = angles(positions, features, base, first);
  const values = Float32Array.from({ length: positions * features }, (_, i) => (i % 2 === 0 ? Math.sin : Math.cos)(turned[i >> 1] as number));
  return tensor2d(values, [positions, features]);
}
