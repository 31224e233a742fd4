import type { Heap } from "@refrain/kernels";
import { dot, softmaxInPlace } from "../weighing.ts";
import type { TransformerMemory } from "./transformer-memory.ts";

/** Where a token looked, [places]: the mean of the weights of all heads of all layers. `queries` [features] of each layer; keys stand before values. */
export function lookedBy(heap: Heap, memory: TransformerMemory, queries: readonly Float32Array[], heads: number): Float32Array {
  const { places } = memory;
  const weights = new Float32Array(places);
  queries.forEach((query, layer) => {
    const features = query.length,
      size = features / heads;
    const keyValues = heap.f32(memory.rows(layer), places * 2 * features);
    for (let head = 0; head < heads; head++) {
      const start = head * size;
      const scores = Float32Array.from({ length: places }, (_, place) => dot(query, start, keyValues, place * 2 * features + start, size) / Math.sqrt(size));
      softmaxInPlace(scores).forEach((weight, place) => {
        weights[place] = (weights[place] as number) + weight / (heads * queries.length);
      });
    }
  });
  return weights;
}
