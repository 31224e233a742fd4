import { slice, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { type Layer, normal } from "@refrain/core";

/** `weight` [positions, features] */
export type LearnedPositionsParams = { readonly weight: Tensor2D };

/** Which positions are wanted: `count` of them from `first` on. */
export type PositionRange = { readonly count: number; readonly first?: number };

/**
 * A trained vector for each position, as BERT and GPT have: [count, features]. Starts normal (0, 0.02), as GPT-2.
 *
 * @throws {RangeError} when a position beyond the last one is asked for.
 */
export function learnedPositions({
  positions,
  features,
}: {
  readonly positions: number;
  readonly features: number;
}): Layer<LearnedPositionsParams, PositionRange, Tensor> {
  return {
    kind: "learned-positions",
    config: { positions, features },
    init: (key) => ({ weight: tensor2d(normal(key, positions * features, 0, 0.02), [positions, features]) }),
    apply({ weight }, { count, first = 0 }) {
      if (first < 0 || first + count > positions)
        throw new RangeError(`learnedPositions: positions ${first} to ${first + count - 1} were asked for, but only 0 to ${positions - 1} were learned.`);
      return slice(weight, [first, 0], [count, features]);
    },
  };
}
