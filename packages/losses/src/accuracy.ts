import { argMax, cast, div, equal, greaterEqual, less, logicalAnd, maximum, type Scalar, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** The labels that are classes, and those among them that the largest logit names: scalars. */
export type Hits = { readonly correct: Scalar; readonly total: Scalar };

/** Counts right answers. `logits` [.., classes], `labels` int32 [..]; labels outside the classes are ignored. @throws {Error} when the shapes do not match. */
export function countCorrect(logits: Tensor, labels: Tensor): Hits {
  if (labels.shape.join() !== logits.shape.slice(0, -1).join())
    throw new Error(
      `countCorrect: the labels must have the logits' shape without its last axis, but logits are [${logits.shape}] and labels [${labels.shape}].`,
    );
  return tidy(() => {
    const kept = logicalAnd(greaterEqual(labels, 0), less(labels, logits.shape.at(-1) as number));
    const right = logicalAnd(kept, equal(argMax(logits, -1), labels));
    return { correct: sum(cast(right, "float32")) as Scalar, total: sum(cast(kept, "float32")) as Scalar };
  });
}

/** The share of labels that the largest logit names, 0 to 1. `logits` [.., classes], `labels` int32 [..]. */
export function accuracy(logits: Tensor, labels: Tensor): Scalar {
  return tidy(() => {
    const { correct, total } = countCorrect(logits, labels);
    return div(correct, maximum(total, 1)) as Scalar;
  });
}
