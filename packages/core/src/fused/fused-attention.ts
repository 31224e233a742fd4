import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { workbench } from "../simd/workbench.ts";
import { gpuAttention } from "../webgpu/gpu-attention.ts";
import { onWebgpu } from "../webgpu/run-program.ts";
import { attentionPasses } from "./attention-passes.ts";
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
  checkAttention(query.shape, keyValues.shape, shape);
  if (!bench) return gpuAttention(query, keyValues, shape);
  const passes = attentionPasses(bench, shape);
  const [out] = customOp({
    inputs: { query, keyValues },
    forward(save) {
      const { attended, logSums } = passes.forward(query, keyValues);
      save([logSums]);
      return [attended];
    },
    backward([dOut], [logSums]) {
      const { dQuery, dKeyValues } = passes.backward(query, keyValues, logSums as Tensor, dOut as Tensor);
      return { query: dQuery, keyValues: dKeyValues };
    },
  });
  return out as Tensor3D;
}
