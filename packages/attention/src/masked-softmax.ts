import { add, cast, mul, softmax, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { Mask } from "./contract.ts";

/** So low that exp gives 0 beside any other score, and finite, as infinities less infinities would be no number. */
const FORBIDDEN = 1e30;

/** Softmax over the last axis among those that the mask lets through; zeros where it lets none. `scores` [.., query, key] */
export function maskedSoftmax(scores: Tensor, mask?: Mask): Tensor {
  if (!mask) return softmax(scores);
  const seen = cast(mask, "float32");
  return mul(softmax(add(scores, mul(sub(seen, 1), FORBIDDEN))), seen);
}
