import { div, maximum, type Scalar, sum, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { keptMean } from "./kept-mean.ts";
import { labelWeights } from "./label-weights.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";

/** How labels are smoothed and weighed. */
export type CrossEntropyOptions = {
  /** Label smoothing, 0 to 1 (Szegedy et al. 2016); 0 by default. */
  readonly smoothing?: number;
  /** [classes]: a weight of 0 or more for each class (see `classWeights`); 1 by default. */
  readonly weights?: Tensor1D | undefined;
};

/** Makes the loss 0 where no label of a batch has any weight. */
const LEAST_WEIGHT = 1e-7;

/**
 * The mean cross-entropy in nats over the labels that are classes. Any other label (-100, say) is ignored, as PyTorch's `ignore_index`.
 * With weights it is PyTorch's weighted mean: the sum of the labels' losses, each times the weight of its class, over the sum of these
 * weights; what label smoothing spreads over a class weighs as that class does.
 *
 * @param logits [.., classes] @param labels int32 [..]
 * @throws {Error} when the shapes do not match. @throws {RangeError} unless 0 <= smoothing <= 1.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, { smoothing = 0, weights }: CrossEntropyOptions = {}): Scalar {
  const classes = logits.shape.at(-1) as number;
  const losses = negativeLogLikelihood(logits, labels, smoothing, weights);
  if (!weights) return keptMean(losses, labels, classes);
  return div(sum(losses), maximum(sum(labelWeights(weights, labels, classes)), LEAST_WEIGHT));
}
