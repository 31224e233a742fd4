import type { Tensor } from "@tensorflow/tfjs-core";

/** Plain numbers in float64: what the tests compute independently of any tensor operation. */
export type Matrix = number[][];

/** A tensor's numbers, nested as its shape says. */
export function matrixOf(x: Tensor): Matrix {
  return x.arraySync() as Matrix;
}

export function batchOf(x: Tensor): Matrix[] {
  return x.arraySync() as Matrix[];
}

export function plainDot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

/** Each row by weight^T + bias. */
export function plainAffine(rows: Matrix, { weight, bias }: { weight: Tensor; bias?: Tensor | undefined }): Matrix {
  const [w, b] = [matrixOf(weight), bias ? [...bias.dataSync()] : []];
  return rows.map((row) => w.map((weights, i) => plainDot(row, weights) + (b[i] ?? 0)));
}

/** Softmax over those scores that are seen; zeros where none is. */
export function plainSoftmax(scores: readonly number[], seen: (key: number) => boolean = () => true): number[] {
  const parts = scores.map((score, key) => (seen(key) ? Math.exp(score) : 0));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => (total === 0 ? 0 : part / total));
}

/** The sum of the rows, each by its weight. */
export function weightedSum(weights: readonly number[], rows: Matrix): number[] {
  return (rows[0] as number[]).map((_, feature) => weights.reduce((sum, weight, i) => sum + weight * (rows[i]?.[feature] as number), 0));
}

/** Rotary positions pair by pair: (a, b) turned by position / 10000^(2 i / features). */
export function plainRotary(row: readonly number[], position: number, pairs: "interleaved" | "half"): number[] {
  const half = row.length / 2;
  const turned = [...row];
  for (let pair = 0; pair < half; pair++) {
    const [first, second] = pairs === "half" ? [pair, half + pair] : [2 * pair, 2 * pair + 1];
    const angle = position / 10_000 ** ((2 * pair) / row.length);
    const [a, b] = [row[first] as number, row[second] as number];
    turned[first] = a * Math.cos(angle) - b * Math.sin(angle);
    turned[second] = a * Math.sin(angle) + b * Math.cos(angle);
  }
  return turned;
}
