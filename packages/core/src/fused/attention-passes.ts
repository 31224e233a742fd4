import { type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { Workbench } from "../simd/workbench.ts";
import type { AttentionShape } from "./attention-shape.ts";

/**
 * Attention of all heads by the kernels, which read what they are pointed at: see `checkAttention`. `query` and what is `attended`
 * [batch, query, features], `keyValues` [batch, key, 2 * keyValueHeads * size], `logSums` [batch, heads, query].
 */
export type AttentionPasses = {
  forward(query: Tensor, keyValues: Tensor): { readonly attended: Tensor; readonly logSums: Tensor };
  backward(query: Tensor, keyValues: Tensor, logSums: Tensor, dAttended: Tensor): { readonly dQuery: Tensor; readonly dKeyValues: Tensor };
};

export function attentionPasses({ run, tensor, at, ints }: Workbench, shape: AttentionShape): AttentionPasses {
  const { heads, keyValueHeads, causal, window, slopes, keyLengths } = shape;
  /** The arguments that both passes begin with. */
  const call = (query: Tensor, keyValues: Tensor) => {
    const [batch, queries, features] = query.shape as [number, number, number];
    const [slope, lengths] = [slopes && tensor1d([...slopes]), keyLengths && ints(Int32Array.from(keyLengths))];
    const sizes = [batch, heads, keyValueHeads, queries, keyValues.shape[1] as number, features / heads] as const;
    return [...sizes, causal, window, at(slope), at(lengths), at(query), at(keyValues)] as const;
  };
  return {
    forward(query, keyValues) {
      const [batch, queries] = query.shape as [number, number];
      const [attended, logSums] = [tensor(query.shape), tensor([batch, heads, queries])];
      run.attentionForward(...call(query, keyValues), at(attended), at(logSums));
      return { attended, logSums };
    },
    backward(query, keyValues, logSums, dAttended) {
      const [dQuery, dKeyValues] = [tensor(query.shape), tensor(keyValues.shape)];
      run.attentionBackward(...call(query, keyValues), at(logSums), at(dAttended), at(dQuery), at(dKeyValues));
      return { dQuery, dKeyValues };
    },
  };
}
