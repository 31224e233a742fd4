import { slice, type Tensor3D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { BlockConfig } from "./contract.ts";

/** Causal blocks of all kinds. */
export const causalBlocks: fc.Arbitrary<BlockConfig> = fc.record({
  features: fc.constant(4),
  heads: fc.constant(2),
  hidden: fc.constant(3),
  causal: fc.constant(true),
  keyValueHeads: fc.constantFrom(1, 2),
  positions: fc.constantFrom("none" as const, "rotary" as const, "alibi" as const),
  rotaryPairs: fc.constantFrom("interleaved" as const, "half" as const),
  window: fc.constantFrom(undefined, 1, 3),
  order: fc.constantFrom("pre" as const, "post" as const),
  norm: fc.constantFrom("layer" as const, "rms" as const),
  activation: fc.constantFrom("relu" as const, "gelu" as const, "swiglu" as const),
});

/** In how many parts a sequence is read, and how long each is. */
export const parts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });

/** The places from `from` on, `count` of them. */
export function places(x: Tensor3D, from: number, count: number): Tensor3D {
  return slice(x, [0, from, 0], [-1, count, -1]);
}
