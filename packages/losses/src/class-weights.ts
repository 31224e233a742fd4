import { checkCounts } from "./check-counts.ts";

/** How classes are weighed by how often they come. */
export type ClassWeightsOptions = {
  /** How far counts decide, 0 to 1: at 0 all classes weigh alike, at 1 as the inverse of their count. 0.9 by default. */
  readonly beta?: number;
  /** What the mean weight 1 is taken over: every label of the corpus (the default), so that a loss keeps its scale, or every class, as in the paper. */
  readonly mean?: "corpus" | "classes";
};

/**
 * Class-balanced weights (Cui et al. 2019, eq. 4): each class weighs as the inverse of its effective number (1 - beta^n) / (1 - beta), n
 * being its count. That number grows as n at first and to 1 / (1 - beta) at most: with beta 0.9, what comes more than some twenty times
 * weighs no less for coming more. A class that never comes weighs as one that comes once.
 *
 * For `crossEntropy` and `focalLoss`: `{ weights: tensor1d(classWeights(counts)) }`.
 *
 * @param counts [classes]: how often each class comes in the corpus that trains
 * @returns [classes]
 * @throws {RangeError} unless 0 <= beta <= 1, and the counts are numbers of 0 or more that are not all 0.
 */
export function classWeights(counts: ArrayLike<number>, { beta = 0.9, mean = "corpus" }: ClassWeightsOptions = {}): Float32Array<ArrayBuffer> {
  if (!(beta >= 0 && beta <= 1)) throw new RangeError(`classWeights: beta must be from 0 to 1, but is ${beta}.`);
  const byClass = Array.from(counts);
  const all = checkCounts("classWeights", byClass);
  const weights = byClass.map((count) => 1 / effectiveNumber(Math.max(count, 1), beta));
  const whole = weights.reduce((sum, weight, i) => sum + weight * (mean === "corpus" ? (byClass[i] as number) / all : 1 / byClass.length), 0);
  return Float32Array.from(weights, (weight) => weight / whole);
}

function effectiveNumber(count: number, beta: number): number {
  if (beta === 0) return 1;
  return beta === 1 ? count : -Math.expm1(count * Math.log(beta)) / (1 - beta);
}
