import { angles, BASE, checkEven } from "./angles.ts";

/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5) as plain numbers: [positions, features], the sine of each angle on even features, its
 * cosine on odd ones.
 *
 * @throws {RangeError} unless the features are even.
 */
export function sinusoids(positions: number, features: number, { base = BASE, first = 0 }: { base?: number; first?: number } = {}): Float32Array<ArrayBuffer> {
  checkEven("sinusoidal", features);
  const turned = angles(positions, features, base, first);
  return Float32Array.from({ length: positions * features }, (_, i) => (i % 2 === 0 ? Math.sin : Math.cos)(turned[i >> 1] as number));
}
