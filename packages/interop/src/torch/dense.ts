import type { DenseParams } from "@refrain/core";
import type { Reader } from "../reader.ts";

/** Of torch.nn.Linear: weight [outputs, inputs], and bias [outputs]; whether there must be one is told by the file unless it is given. */
export function readDense(reader: Reader, outputs: number, inputs: number, biased: boolean = reader.has("bias")): DenseParams {
  return { weight: reader.matrix("weight", outputs, inputs), ...(biased && { bias: reader.vector("bias", outputs) }) };
}
