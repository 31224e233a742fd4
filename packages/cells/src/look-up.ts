import { gather, mul, type Tensor, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import type { TableRows } from "@refrain/core";

/** The rows of a table that sequences name, [batch, time, input]. What padding names is never looked up; its rows may be any. */
export function lookUp({ table, indices }: TableRows, lengths?: readonly number[]): Tensor3D {
  const [, time] = indices.shape;
  const real = lengths?.map((length) => Array.from({ length: time }, (_, step) => (step < length ? 1 : 0)));
  return gather(table, real ? mul(indices, tensor2d(real, indices.shape, "int32")) : indices) as Tensor as Tensor3D;
}
