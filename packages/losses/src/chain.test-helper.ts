import fc from "fast-check";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { some } from "@refrain-tests/checks";
import type { CrfParams } from "./crf.ts";

/** Normal parameters, the same for the same seed. */
export const someParams = (tags: number, seed: number): CrfParams => ({
  transitions: some([tags, tags], seed) as Tensor2D,
  start: some([tags], seed + 1) as Tensor1D,
  end: some([tags], seed + 2) as Tensor1D,
});
/** Every sequence of tags of a length. */
export function allPaths(tags: number, length: number): number[][] {
  if (length === 0) return [[]];
  return allPaths(tags, length - 1).flatMap((path) => Array.from({ length: tags }, (_, tag) => [...path, tag]));
}

/** The score of a path, as the definition has it. `emissions` [time][tags] */
export function scoreOf({ transitions, start, end }: CrfParams, emissions: number[][], path: number[]): number {
  const [between, first, last] = [transitions.arraySync(), start.arraySync(), end.arraySync()];
  const steps = path.map((tag, t) => (emissions[t]?.[tag] as number) + (t === 0 ? (first[tag] as number) : (between[path[t - 1] as number]?.[tag] as number)));
  return steps.reduce((a, b) => a + b, last[path.at(-1) as number] as number);
}

/** log(sum(exp(scores))) */
export const logSum = (scores: number[]): number => {
  const largest = Math.max(...scores);
  return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
};

type Chains = { tags: number; time: number; batch: number; seed: number; scale: number; labels: number[][]; lengths: number[] | undefined };

/** Batches of sequences; a label of -1 or `tags` is no tag. */
export const chains: fc.Arbitrary<Chains> = fc
  .record({ tags: fc.integer({ min: 1, max: 3 }), time: fc.integer({ min: 1, max: 4 }), batch: fc.integer({ min: 1, max: 3 }), seed: fc.nat(1000) })
  .chain(({ tags, time, batch, seed }) =>
    fc.record({
      tags: fc.constant(tags),
      time: fc.constant(time),
      batch: fc.constant(batch),
      seed: fc.constant(seed),
      scale: fc.constantFrom(0.1, 1, 10),
      labels: fc.array(fc.array(fc.integer({ min: -1, max: tags }), { minLength: time, maxLength: time }), { minLength: batch, maxLength: batch }),
      lengths: fc.option(fc.array(fc.integer({ min: 1, max: time }), { minLength: batch, maxLength: batch }), { nil: undefined }),
    }),
  );
