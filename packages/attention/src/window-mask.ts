import type { Tensor } from "@tensorflow/tfjs-core";
import { maskOf } from "./mask-of.ts";

/** Each query sees the last `window` keys up to its own place, itself among them: [queries, keys]. @throws {RangeError} unless the window is a whole number of at least 1. */
export function windowMask(queries: number, window: number, keys: number = queries): Tensor {
  if (!Number.isInteger(window) || window < 1) throw new RangeError(`windowMask: the window must be a whole number of at least 1, but is ${window}.`);
  return maskOf(queries, keys, (query, key) => key <= query && key > query - window);
}
