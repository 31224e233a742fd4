import { matMul, type Tensor } from "@tensorflow/tfjs-core";
import type { Attended, Mask, Score } from "./contract.ts";
import { maskedSoftmax } from "./masked-softmax.ts";
import { scaledDot } from "./scaled-dot.ts";

/** How `attend` compares, and what it hides. */
export type AttendOptions = {
  /** How queries and keys are compared; `scaledDot` by default. */
  readonly score?: Score;
  /** Which keys each query may see; all of them by default. */
  readonly mask?: Mask | undefined;
};

/**
 * Attention in general: each query is compared with every key, softmax makes weights of the scores, and the values are summed by them:
 * Attention(Query, Source) = sum over i of Similarity(Query, Key_i) Value_i.
 *
 * @param query [.., query, features] @param keys [.., key, features] @param values [.., key, value features]
 * @throws {Error} when there is not one value for each key.
 */
export function attend(query: Tensor, keys: Tensor, values: Tensor, { score = scaledDot, mask }: AttendOptions = {}): Attended {
  if (keys.shape.slice(0, -1).join() !== values.shape.slice(0, -1).join())
    throw new Error(`attend: there must be one value for each key, but the keys are [${keys.shape}] and the values [${values.shape}].`);
  const weights = maskedSoftmax(score(query, keys), mask);
  return { output: matMul(weights, values), weights };
}
