import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { dropout, embedding, type EmbeddingParams, type Mode, type SequenceInput } from "@refrain/core";

/**
 * What a recurrent net reads of tokens int32 [batch, time]: the table's rows as they are, which lets a kernel project each different token
 * once; where some of their features are dropped, those that were looked up.
 */
export function tokenInput({ weight }: EmbeddingParams, tokens: Tensor2D, rate: number, mode: Mode): SequenceInput {
  if (mode === "inference" || rate === 0) return { table: weight, indices: tokens };
  const [size, width] = weight.shape;
  return dropout({ rate }).apply({}, embedding({ size, width }).apply({ weight }, tokens), mode) as Tensor3D;
}
