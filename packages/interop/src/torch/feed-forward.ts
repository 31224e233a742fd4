import type { Tensor } from "@tensorflow/tfjs-core";
import type { FeedForwardParams } from "@refrain/transformer";
import { withPrefix } from "../mapping.ts";
import type { Reader } from "../reader.ts";
import { readDense } from "./dense.ts";

/** Of a Transformer layer's linear1 and linear2. */
export function readFeedForward(reader: Reader, features: number): FeedForwardParams {
  const [hidden] = reader.sizes("linear1.weight");
  return { up: readDense(reader.within("linear1."), hidden, features), down: readDense(reader.within("linear2."), features, hidden) };
}

/** @throws {Error} when there is a gate, as in SwiGLU: PyTorch's layers have none. */
export function writeFeedForward(what: string, { up, gate, down }: FeedForwardParams): Record<string, Tensor> {
  if (gate) throw new Error(`${what}: PyTorch's layers have two matrices in the feed-forward net, but these have a third, the gate of SwiGLU.`);
  return { ...withPrefix("linear1.", up), ...withPrefix("linear2.", down) };
}
