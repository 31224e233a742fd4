import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { keptMean } from "./kept-mean.ts";
import { negativeLogLikelihood } from "./negative-log-likelihood.ts";

export type CrossEntropyOptions = {
  /** Label smoothing, 0 to 1 (Szegedy et al. 2016); 0 by default. */
  readonly smoothing?: number;
};

/**
 * The mean cross-entropy in nats over the labels that are classes. Any other label (-100, say) is ignored, as PyTorch's `ignore_index`.
 *
 * @param logits [.., classes] @param labels int32 [..]
 * @throws {Error} when the shapes do not match.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, { smoothing = 0 }: CrossEntropyOptions = {}): Scalar {
  return keptMean(negativeLogLikelihood(logits, labels, smoothing), labels, logits.shape.at(-1) as number);
}
