import { softmax, tidy } from "@tensorflow/tfjs-core";
import type { Classifier, ClassifierParams } from "./classifier.ts";
import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";

/** What `classify` says of a sequence. */
export type Classified = {
  /** The likeliest class; of those alike, the lower. */
  readonly label: number;
  /** [classes], their sum 1. */
  readonly probabilities: Float32Array;
  /** How much of the answer came from each step, as many as the sequence has, where attention pools. */
  readonly weights?: Float32Array;
};

/**
 * The class of each sequence, and how likely each class is.
 *
 * @throws {RangeError} when a token is not of the vocabulary, or a length not from 0 to time.
 */
export function classify(model: Classifier, params: ClassifierParams, sequences: PaddedTokens): Classified[] {
  const { rows, time, lengths } = sequences;
  const { classes } = model.config;
  const { probabilities, weights } = tidy(() => {
    const found = model.apply(params, { tokens: tokensOf(sequences), lengths });
    return { probabilities: softmax(found.logits), ...(found.weights && { weights: found.weights }) };
  });
  const likely = probabilities.dataSync<"float32">(),
    looked = weights?.dataSync<"float32">();
  const answers = Array.from({ length: rows }, (_, row) => {
    const own = likely.slice(row * classes, (row + 1) * classes);
    const steps = looked?.slice(row * time, row * time + (lengths[row] as number));
    return { label: own.indexOf(Math.max(...own)), probabilities: own, ...(steps && { weights: steps }) };
  });
  probabilities.dispose();
  weights?.dispose();
  return answers;
}
