import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/**
 * ALiBi (Press et al. 2022): what is added to the scores, [heads, queries, keys]: minus the distance, times a slope of each head's own.
 * Where there are more keys than queries, the queries are the last of them.
 */
export function alibi(heads: number, queries: number, keys: number = queries): Tensor {
  const slopes = alibiSlopes(heads);
  const first = keys - queries;
  const bias = Float32Array.from({ length: heads * queries * keys }, (_, i) => {
    const [head, query, key] = [Math.floor(i / (queries * keys)), Math.floor(i / keys) % queries, i % keys];
    return -(slopes[head] as number) * Math.abs(first + query - key);
  });
  return tensor(bias, [heads, queries, keys]);
}

/** The heads' slopes: 2^(-8/n), 2^(-16/n), .. for n heads, n a power of two; for others, those of the next lower power and every second of the next higher. */
export function alibiSlopes(heads: number): number[] {
  const geometric = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const lower = 2 ** Math.floor(Math.log2(heads));
  const between = geometric(2 * lower).filter((_, i) => i % 2 === 0);
  return [...geometric(lower), ...between].slice(0, heads);
}
