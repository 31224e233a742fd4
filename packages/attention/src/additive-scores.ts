import { add, expandDims, reshape, squeeze, tanh, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import { affine } from "@refrain/core";
import type { AdditiveParams } from "./additive.ts";

/**
 * Additive scores of keys that went through `weightKey` already, so that a memory which is read at many steps goes through it once:
 * `query` [.., query, features], `projected` [.., key, hidden] and `coverage` [.., query, key] to [.., query, key].
 */
export function additiveScores({ weightQuery, weightScore, weightCoverage }: AdditiveParams, query: Tensor, projected: Tensor, coverage?: Tensor): Tensor {
  const hidden = weightScore.size;
  // [.., query, 1, hidden] and [.., 1, key, hidden]
  let sums: Tensor = add(expandDims(affine(query, { weight: weightQuery }), -2), expandDims(projected, -3));
  if (coverage) sums = add(sums, affine(expandDims(coverage, -1), { weight: reshape(weightCoverage as Tensor1D, [hidden, 1]) }));
  return squeeze(affine(tanh(sums), { weight: reshape(weightScore, [1, hidden]) }), [-1]);
}
