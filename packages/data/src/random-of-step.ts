import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A generator for one step's batch: the same seed and step give the same numbers. @throws {RangeError} unless the seed is whole. */
export function randomOfStep(asker: string, seed: number): (step: number) => ReturnType<typeof xoroshiro128plus> {
  if (!Number.isInteger(seed)) throw new RangeError(`${asker}: the seed must be a whole number, but is ${seed}.`);
  return (step) => {
    const random = xoroshiro128plus(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35));
    // Seeds that differ little give first numbers that differ little.
    for (let i = 0; i < 8; i++) random.next();
    return random;
  };
}
