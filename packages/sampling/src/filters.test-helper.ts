import fc from "fast-check";
import type { Filter } from "./sampler.ts";

export const OUT: number = Number.NEGATIVE_INFINITY;

/** Logits as a model gives them, [classes]; some tokens may be ruled out before, one is not. */
export const someLogits: fc.Arbitrary<Float32Array> = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -900, max: 900 }).map((hundredths) => hundredths / 100) }, { weight: 1, arbitrary: fc.constant(OUT) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .filter((values) => values.some(Number.isFinite))
  .map((values) => Float32Array.from(values));

/** Logits, and a text of tokens that they have. */
export const logitsAfterText: fc.Arbitrary<[Float32Array, number[]]> = someLogits.chain((logits) =>
  fc.tuple(fc.constant(logits), fc.array(fc.nat(logits.length - 1), { maxLength: 40 })),
);

/** What a filter makes of logits, which stay as they were. */
export function filtered(filter: Filter, logits: Float32Array, previous: readonly number[] = []): Float32Array {
  const changed = logits.slice();
  filter(changed, previous);
  return changed;
}

/** The tokens that are still possible. */
export const left = (logits: Float32Array): number[] => [...logits.keys()].filter((token) => logits[token] !== OUT);
