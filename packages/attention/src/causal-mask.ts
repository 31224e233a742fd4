import type { Tensor } from "@tensorflow/tfjs-core";
import { maskOf } from "./mask-of.ts";

/** Each query sees the keys up to its own place (the queries are the last of the keys' places): [queries, keys]. */
export function causalMask(queries: number, keys: number = queries): Tensor {
  return maskOf(queries, keys, (query, key) => key <= query);
}
