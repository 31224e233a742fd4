import { type Tensor, tensor1d, type Tensor3D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuAttention } from "../webgpu/gpu-attention.ts";
import { onWebgpu } from "../webgpu/run-program.ts";
import type { AttentionShape } from "./attention-shape.ts";
import { checkAttention } from "./check-attention.ts";

/**
 * Scaled dot-product attention of many heads, [batch, query, heads * size]; undefined where the backend is neither `simd` nor
 * `webgpu`, or on `webgpu` there is nothing to attend to or a head has more than 1,024 features.
 * `query` [batch, query, heads * size], `keyValues` [batch, key, 2 * keyValueHeads * size]: the keys' features, then the values'.
 *
 * @throws {Error} when the shapes do not fit each other. @throws {RangeError} when the lengths do not fit the keys.
 */
export function fusedAttention(query: Tensor3D, keyValues: Tensor3D, shape: AttentionShape): Tensor3D | undefined {
  const bench = workbench();
  if (!bench && !onWebgpu()) return undefined;
  const { heads, keyValueHeads, causal, window, slopes, keyLengths } = shape;
  const [batch, queries, features] = query.shape;
  const keys = keyValues.shape[1];
  const size = features / heads;
  checkAttention(query.shape, keyValues.shape, shape);
  if (!bench) return gpuAttention(query, keyValues, shape);
  const { run, tensor, at, ints } = bench;
  /** The arguments that both passes begin with. */
  const call = (slope: Tensor | undefined, lengths: Tensor | undefined) =>
    [batch, heads, keyValueHeads, queries, keys, size, causal, window, at(slope), at(lengths), at(query), at(keyValues)] as const;
  const [out] = customOp({
    inputs: { query, keyValues },
    forward(save) {
      const out = tensor(query.shape),
        logSums = tensor([batch, heads, queries]);
      const slope = slopes && tensor1d([...slopes]);
      const lengths = keyLengths && ints(Int32Array.from(keyLengths));
      run.attentionForward(...call(slope, lengths), at(out), at(logSums));
      save([logSums, ...(slope ? [slope] : []), ...(lengths ? [lengths] : [])]);
      return [out];
    },
    backward([dOut], [logSums, ...rest]) {
      const dQuery = tensor(query.shape),
        dKeyValues = tensor(keyValues.shape);
      const slope = slopes && rest.shift();
      run.attentionBackward(...call(slope, rest[0]), at(logSums), at(dOut), at(dQuery), at(dKeyValues));
      return { query: dQuery, keyValues: dKeyValues };
    },
  });
  return out as Tensor3D;
}
