import { reshape, slice, type Tensor, tensor1d, type Tensor3D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import type { AttentionShape } from "../fused/attention-shape.ts";
import { attentionBackwardKey, attentionBackwardQuery } from "./attention-backward.ts";
import { attentionForward } from "./attention-forward.ts";
import { type AttentionVariant, nameOf } from "./attention-wgsl.ts";
import { runProgram } from "./run-program.ts";

/** The features of a head of which two rows fit into a workgroup's memory, whatever the GPU. */
const MOST = 1024;

/** The attention of `fusedAttention` on WebGPU: one dispatch, three for its gradients; undefined where there is none, or its heads are too large. */
export function gpuAttention(query: Tensor3D, keyValues: Tensor3D, shape: AttentionShape): Tensor3D | undefined {
  const { heads, keyValueHeads: keyHeads, causal, window, slopes, keyLengths } = shape;
  const [batch, queries, features] = query.shape;
  const keys = keyValues.shape[1];
  const size = features / heads;
  if (query.size === 0 || keyValues.size === 0 || size > MOST) return undefined;
  const variant = { size, causal, window: window > 0, slopes: slopes !== undefined, lengths: keyLengths !== undefined };
  const units = batch * heads * queries,
    pairs = batch * keyHeads * keys;
  const run = (part: string, code: (variant: AttentionVariant) => string, inputs: Record<string, Tensor>, workgroups: number, result: readonly number[]) =>
    runProgram(
      {
        name: `${nameOf(variant)} ${part}`,
        code: () => code(variant),
        inputs,
        ints: { batch, heads, keyHeads, queries, keys, units, pairs, window },
        workgroups,
      },
      result,
    );
  const [out] = customOp({
    inputs: { query, keyValues },
    forward(save) {
      const hidden = { ...(slopes && { slopes: tensor1d([...slopes]) }), ...(keyLengths && { lengths: tensor1d([...keyLengths], "int32") }) };
      save(Object.values(hidden));
      return [run("forward", attentionForward, { query, keyValues, ...hidden }, units, query.shape)];
    },
    backward([dOut], saved) {
      const [slope, lengths] = slopes ? saved : [undefined, ...saved];
      const inputs = { query, keyValues, dOut: dOut as Tensor, ...(slope && { slopes: slope }), ...(lengths && { lengths }) };
      const found = run("backward, queries", attentionBackwardQuery, inputs, units, [units * (size + 2)]);
      return {
        query: reshape(slice(found, [0], [units * size]), query.shape),
        keyValues: run("backward, keys", attentionBackwardKey, { ...inputs, found }, pairs, keyValues.shape),
      };
    },
  });
  return out as Tensor3D;
}
