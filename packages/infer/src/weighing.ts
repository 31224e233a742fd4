/*
 * What attention is made of, on plain arrays.
 */

/** The softmax of scores, in their own array. */
export function softmaxInPlace(scores: Float32Array): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > largest) largest = score;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp((scores[i] as number) - largest);
    sum += scores[i] as number;
  }
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) / sum;
  return scores;
}

/** The product of two runs of numbers, of `size` from their own starts. */
export function dot(a: Float32Array, startA: number, b: Float32Array, startB: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += (a[startA + i] as number) * (b[startB + i] as number);
  return sum;
}

/** The rows of `values` [weights, size], summed by their weights. */
export function weigh(weights: Float32Array, values: Float32Array, size: number): Float32Array {
  const sum = new Float32Array(size);
  weights.forEach((weight, row) => {
    for (let i = 0; i < size; i++) sum[i] = (sum[i] as number) + weight * (values[row * size + i] as number);
  });
  return sum;
}
