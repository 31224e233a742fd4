import { cumsum, div, minimum, mul, type Scalar, squeeze, sum, type Tensor3D, transpose } from "@tensorflow/tfjs-core";
import { checkLengths } from "@refrain/core";
import { paddingMask } from "./padding-mask.ts";

/**
 * What looking at the same item again costs (See et al. 2017, eq. 12): at each step the sum over the items of the smaller of its weight and
 * the sum of its weights so far; the mean over the steps. From 0, where each step looks elsewhere, to nearly 1.
 *
 * @param weights [batch, time, key] @param lengths [batch]: steps of each sequence that count; all by default
 * @throws {RangeError} unless the lengths are whole numbers from 0 to time, one a sequence.
 */
export function coverageLoss(weights: Tensor3D, lengths?: readonly number[]): Scalar {
  const [batch, time] = weights.shape;
  if (lengths) checkLengths(batch, time, lengths);
  // [batch, key, time]: TensorFlow.js's cumsum has a true gradient along the last axis only.
  const byItem = transpose(weights, [0, 2, 1]);
  const again = sum(minimum(byItem, cumsum(byItem, 2, true)), 1);
  const steps = lengths ? lengths.reduce((total, length) => total + length, 0) : batch * time;
  const counted = lengths ? mul(again, squeeze(paddingMask(lengths, time), [1])) : again;
  return div(sum(counted), Math.max(steps, 1));
}
