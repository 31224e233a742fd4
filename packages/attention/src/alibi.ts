import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { alibiSlopes } from "@refrain/kernels/nets";

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
