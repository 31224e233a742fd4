import {
  add,
  cast,
  equal,
  expandDims,
  logSoftmax,
  matMul,
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
import { keptLabels } from "./kept-labels.ts";
import { labelWeights } from "./label-weights.ts";

/**
 * Each label's negative log-likelihood under softmax(logits), in nats: [items]. A label outside the classes is ignored and gives 0.
 * With label smoothing s over K classes (Szegedy et al. 2016): (1 - s) of it, plus s times the mean over all classes. With weights
 * [classes], the negative log-likelihood of every class is first multiplied by the class's weight.
 *
 * @param logits [.., classes] @param labels int32 [..]
 * @throws {Error} when the shapes do not match, or the labels are not int32.
 * @throws {RangeError} unless 0 <= smoothing <= 1.
 */
export function negativeLogLikelihood(logits: Tensor, labels: Tensor, smoothing = 0, weights?: Tensor1D): Tensor1D {
  const classes = logits.shape.at(-1) as number;
  if (labels.dtype !== "int32") throw new Error(`the labels must be int32, but are ${labels.dtype}.`);
  if (labels.shape.join() !== logits.shape.slice(0, -1).join())
    throw new Error(`logits must have the labels' shape and a last axis of classes, but logits are [${logits.shape}] and labels [${labels.shape}].`);
  if (!(smoothing >= 0 && smoothing <= 1)) throw new RangeError(`label smoothing must be from 0 to 1, but is ${smoothing}.`);
  const rows = reshape(cast(logits, "float32"), [-1, classes]) as Tensor2D,
    flat = reshape(labels, [-1]) as Tensor1D;
  if (weights) return weighted(rows, flat, smoothing, weights);
  return fusedCrossEntropy(rows, flat, smoothing) ?? composed(rows, flat, smoothing);
}

function weighted(logits: Tensor2D, labels: Tensor1D, smoothing: number, weights: Tensor1D): Tensor1D {
  const classes = logits.shape[1];
  const likely: Tensor1D = mul(labelWeights(weights, labels, classes), negativeLogLikelihood(logits, labels));
  if (smoothing === 0) return likely;
  const all = reshape(matMul(neg(logSoftmax(logits)), expandDims(weights, 1)), [-1]) as Tensor1D;
  const spread = where(keptLabels(labels, classes), all, zerosLike(all));
  return add(mul(likely, 1 - smoothing), mul(spread, smoothing / classes));
}

function composed(logits: Tensor2D, labels: Tensor1D, smoothing: number): Tensor1D {
  const logs = logSoftmax(logits);
  // Of an ignored label's row, no class is the target.
  const target = equal(expandDims(labels, 1), expandDims(range(0, logits.shape[1], 1, "int32"), 0));
  const likely = neg(sum(where(target, logs, zerosLike(logs)), -1)) as Tensor1D;
  if (smoothing === 0) return likely;
  const kept = sum(cast(target, "float32"), -1);
  return add(mul(likely, 1 - smoothing), mul(mul(neg(mean(logs, -1)), smoothing), kept));
}
