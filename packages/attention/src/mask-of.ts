import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/**
 * Masks are float32, 1 where a query may see a key. Where there are more keys than queries, the queries are the last of them,
 * as when a cache holds the keys of what was read before.
 */
export function maskOf(queries: number, keys: number, sees: (query: number, key: number) => boolean): Tensor {
  const first = keys - queries;
  const seen = Float32Array.from({ length: queries * keys }, (_, i) => (sees(first + Math.floor(i / keys), i % keys) ? 1 : 0));
  return tensor(seen, [queries, keys]);
}
