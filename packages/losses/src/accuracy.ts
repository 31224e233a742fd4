import { argMax, cast, div, equal, logicalAnd, maximum, mul, reshape, type Scalar, sum, type Tensor, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { keptLabels } from "./kept-labels.ts";
import { labelWeights } from "./label-weights.ts";

/** Parts of the classes by name, [classes] each: 1 for a class of the part, 0 for any other. */
export type Parts = Readonly<Record<string, Tensor1D>>;

/**
 * The labels that are classes, and those among them that the largest logit names: scalars. Of the classes of a part, the same under its
 * name: "total.rare", "correct.rare".
 */
export type Hits = { readonly correct: Scalar; readonly total: Scalar; readonly [ofPart: `correct.${string}` | `total.${string}`]: Scalar };

/**
 * Counts right answers, all of them and those of parts of the classes (see `frequencyParts`).
 *
 * @param logits [.., classes] @param labels int32 [..]; labels outside the classes are ignored
 * @throws {Error} when the shapes do not match.
 */
export function countCorrect(logits: Tensor, labels: Tensor, parts: Parts = {}): Hits {
  if (labels.shape.join() !== logits.shape.slice(0, -1).join())
    throw new Error(
      `countCorrect: the labels must have the logits' shape without its last axis, but logits are [${logits.shape}] and labels [${labels.shape}].`,
    );
  const classes = logits.shape.at(-1) as number;
  return tidy(() => {
    const kept = keptLabels(labels, classes);
    const right = cast(logicalAnd(kept, equal(argMax(logits, -1), labels)), "float32");
    const ofParts = Object.entries(parts).flatMap(([name, members]) => {
      const ofPart = reshape(labelWeights(members, labels, classes), labels.shape);
      return [
        [`correct.${name}`, sum(mul(right, ofPart)) as Scalar],
        [`total.${name}`, sum(ofPart) as Scalar],
      ] as const;
    });
    return { correct: sum(right) as Scalar, total: sum(cast(kept, "float32")) as Scalar, ...Object.fromEntries(ofParts) };
  });
}

/** The share of labels that the largest logit names, 0 to 1. `logits` [.., classes], `labels` int32 [..]. */
export function accuracy(logits: Tensor, labels: Tensor): Scalar {
  return tidy(() => {
    const { correct, total } = countCorrect(logits, labels);
    return div(correct, maximum(total, 1)) as Scalar;
  });
}
