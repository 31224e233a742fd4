import {
  add,
  cast,
  equal,
  expandDims,
  logSoftmax,
  mean,
  mul,
  neg,
  range,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { fusedCrossEntropy } from "@refrain/core";

/**
 * Each label's negative log-likelihood under softmax(logits), in nats: [items]. A label outside the classes is ignored and gives 0.
 * With label smoothing s over K classes (Szegedy et al. 2016): (1 - s) of it, plus s times the mean over all classes.
 *
 * @param logits [.., classes] @param labels int32 [..]
 * @throws {Error} when the shapes do not match, or the labels are not int32.
 * @throws {RangeError} unless 0 <= smoothing <= 1.
 */
export function negativeLogLikelihood(logits: Tensor, labels: Tensor, smoothing = 0): Tensor1D {
  const classes = logits.shape.at(-1) as number;
  if (labels.dtype !== "int32") throw new Error(`the labels must be int32, but are ${labels.dtype}.`);
  if (labels.shape.join() !== logits.shape.slice(0, -1).join())
    throw new Error(`logits must have the labels' shape and a last axis of classes, but logits are [${logits.shape}] and labels [${labels.shape}].`);
  if (!(smoothing >= 0 && smoothing <= 1)) throw new RangeError(`label smoothing must be from 0 to 1, but is ${smoothing}.`);
  const rows = reshape(cast(logits, "float32"), [-1, classes]) as Tensor2D,
    flat = reshape(labels, [-1]) as Tensor1D;
  return fusedCrossEntropy(rows, flat, smoothing) ?? composed(rows, flat, classes, smoothing);
}

function composed(logits: Tensor2D, labels: Tensor1D, classes: number, smoothing: number): Tensor1D {
  const logs = logSoftmax(logits);
  // Of an ignored label's row, no class is the target.
  const target = equal(expandDims(labels, 1), expandDims(range(0, classes, 1, "int32"), 0));
  const likely = neg(sum(where(target, logs, zerosLike(logs)), -1)) as Tensor1D;
  if (smoothing === 0) return likely;
  const kept = sum(cast(target, "float32"), -1);
  return add(mul(likely, 1 - smoothing), mul(mul(neg(mean(logs, -1)), smoothing), kept));
}
