import type { Kernels } from "@refrain/kernels";
import type { Parameters } from "../parameters.ts";
import { dot } from "../weighing.ts";
import { withScratch } from "../with-scratch.ts";

/** How queries and the places of a memory are compared; see `@refrain/attention`. */
export type Similarity = {
  /** What is made of a memory [places, features] once, to be compared with many queries. */
  keys(places: number, memory: Float32Array): Float32Array;
  /** [places]: a query's scores. */
  scores(query: Float32Array, places: number, keys: Float32Array): Float32Array;
};

export const SIMILARITY_NAMES = ["dot", "scaled-dot", "cosine", "general", "additive"] as const;

/** The least squared length that a vector is divided by. */
const LEAST_SQUARE = 1e-24;

/** The similarity of an attending decoder at a path; `queries` features of a query, `features` of a place. */
export function similarityOf(
  kernels: Kernels,
  params: Parameters,
  path: string,
  name: (typeof SIMILARITY_NAMES)[number],
  { queries, features }: { readonly queries: number; readonly features: number },
): Similarity {
  const { heap } = kernels;
  /** A linear map without a bias, from plain arrays to plain arrays. */
  const map = (weight: string, outputs: number, inputs: number) => {
    const matrix = params.matrix(`${path}.${weight}`, outputs, inputs);
    return (rows: number, x: Float32Array) =>
      withScratch(heap, (lend) => {
        const [from, to] = [lend(rows * inputs), lend(rows * outputs)];
        heap.f32(from, rows * inputs).set(x);
        matrix.multiply(rows, from, 0, to);
        return heap.f32(to, rows * outputs).slice();
      });
  };
  const products =
    (factor: number): Similarity["scores"] =>
    (query, places, keys) =>
      Float32Array.from({ length: places }, (_, place) => dot(query, 0, keys, place * queries, queries) * factor);
  if (name === "additive") {
    const [ofQuery, ofKey] = [map("weightQuery", queries, queries), map("weightKey", queries, features)];
    const weight = params.floats(`${path}.weightScore`, queries);
    return {
      keys: ofKey,
      scores(query, places, keys) {
        const asked = ofQuery(1, query);
        return Float32Array.from({ length: places }, (_, place) =>
          weight.reduce((sum, factor, i) => sum + factor * Math.tanh((asked[i] as number) + (keys[place * queries + i] as number)), 0),
        );
      },
    };
  }
  if (name !== "general" && queries !== features)
    throw new Error(`this model file is damaged: it compares queries of ${queries} features with places of ${features} by ${name}.`);
  // q W · k is q · W k, and the memory goes through W once.
  if (name === "general") return { keys: map("weight", queries, features), scores: products(1) };
  if (name === "cosine") {
    const normalised = (x: Float32Array) => {
      const length = Math.sqrt(Math.max(dot(x, 0, x, 0, x.length), LEAST_SQUARE));
      return x.map((value) => value / length);
    };
    const keys: Similarity["keys"] = (places, memory) => {
      const all = new Float32Array(memory.length);
      for (let place = 0; place < places; place++) all.set(normalised(memory.subarray(place * features, (place + 1) * features)), place * features);
      return all;
    };
    return { keys, scores: (query, places, own) => products(1)(normalised(query), places, own) };
  }
  return { keys: (_, memory) => memory, scores: products(name === "scaled-dot" ? 1 / Math.sqrt(queries) : 1) };
}
