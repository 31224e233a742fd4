import { expm1, maximum, mul, neg, pow, type Scalar, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { keptMean } from "./kept-mean.ts";
import { labelWeights } from "./label-weights.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";

/** How answers are weighed by the focal loss. */
export type FocalOptions = {
  /** How much the easy items are held back; 0 gives cross-entropy. 2 by default, as in the paper. */
  readonly gamma?: number;
  /** [classes]: a weight for each class (see `classWeights`); 1 by default. */
  readonly weights?: Tensor1D | undefined;
};

/** Keeps the power's slope finite where an item is all but certain; the loss there is under 1e-7 whatever gamma is. */
const LEAST_DOUBT = 1e-7;

/**
 * Focal loss (Lin et al. 2017, eq. 5): the mean of -w (1 - p)^gamma log p over the labels that are classes, p being the label's
 * probability. It stops the easy, frequent classes from drowning the rest. Other labels are ignored.
 *
 * @param logits [.., classes] @param labels int32 [..]
 * @throws {RangeError} when gamma is negative. @throws {Error} when the shapes do not match.
 */
export function focalLoss(logits: Tensor, labels: Tensor, { gamma = 2, weights }: FocalOptions = {}): Scalar {
  if (!(gamma >= 0)) throw new RangeError(`focalLoss: gamma must be 0 or more, but is ${gamma}.`);
  const classes = logits.shape.at(-1) as number;
  let losses = negativeLogLikelihood(logits, labels);
  if (gamma > 0) {
    const doubt = neg(expm1(neg(losses)));
    losses = mul(pow(maximum(doubt, LEAST_DOUBT), gamma), losses);
  }
  if (weights) losses = mul(labelWeights(weights, labels, classes), losses);
  return keptMean(losses, labels, classes);
}
