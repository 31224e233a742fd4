import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { expect } from "vitest";

/** Normal numbers, the same for the same seed: a float32 tensor. */
export function some(shape: number[], seed: number, scale = 1): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const random = xoroshiro128plus(seed * 7919 + 1);
  // The generator's first numbers tell its seed.
  for (let i = 0; i < 16; i++) random.next();
  const uniform = () => ((random.next() >>> 8) + 0.5) / 2 ** 24;
  const values = Float32Array.from({ length: size }, () => scale * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
  return tensor(values, shape);
}

/** Fails unless the numbers agree to `bound`, relative and absolute; NaN and the infinities agree with themselves only. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, bound = 1e-5, what = "number"): void {
  expect(actual.length, `${what}s`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (!Object.is(a, e) && !(Math.abs(a - e) <= bound * (1 + Math.abs(e)))) expect.fail(`${what} ${i} is ${a}, but ${e} is expected`);
  }
}
