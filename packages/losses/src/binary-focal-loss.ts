import { abs, add, exp, log1p, maximum, mean, mul, neg, pow, relu, type Scalar, sigmoid, sub, type Tensor } from "@tensorflow/tfjs-core";

/** How answers are weighed by the binary focal loss. */
export type BinaryFocalOptions = {
  /** How much the easy items are held back; 2 by default. */
  readonly gamma?: number;
  /** The weight of the positive items, the negative ones weighing 1 - alpha; 0.25 by default. */
  readonly alpha?: number;
};

/**
 * Focal loss for yes-or-no items (Lin et al. 2017, eq. 5): the mean of -a (1 - p_t)^gamma log p_t.
 *
 * @param logits [..] @param targets float32 [..], 0 or 1
 * @throws {RangeError} when gamma is negative or alpha is not from 0 to 1. @throws {Error} when the shapes differ.
 */
export function binaryFocalLoss(logits: Tensor, targets: Tensor, { gamma = 2, alpha = 0.25 }: BinaryFocalOptions = {}): Scalar {
  if (!(gamma >= 0)) throw new RangeError(`binaryFocalLoss: gamma must be 0 or more, but is ${gamma}.`);
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`binaryFocalLoss: alpha must be from 0 to 1, but is ${alpha}.`);
  if (logits.shape.join() !== targets.shape.join())
    throw new Error(`binaryFocalLoss: logits [${logits.shape}] and targets [${targets.shape}] must have one shape.`);
  // The logit of the right answer: z where the target is 1, -z where it is 0.
  const right = mul(logits, sub(mul(targets, 2), 1));
  const losses = add(relu(neg(right)), log1p(exp(neg(abs(right)))));
  const weights = add(mul(targets, 2 * alpha - 1), 1 - alpha);
  const modulation = gamma === 0 ? weights : mul(weights, pow(maximum(sigmoid(neg(right)), 1e-7), gamma));
  return mean(mul(modulation, losses));
}
