import { type Tensor, zeros } from "@tensorflow/tfjs-core";
import type { LayerNormParams } from "@refrain/core";
import type { NormParams } from "@refrain/transformer";
import type { Reader } from "../reader.ts";

/** Of torch.nn.LayerNorm: weight and bias [features]. Where a module has no bias, it is 0. */
export function readLayerNorm(reader: Reader, features: number): LayerNormParams {
  return { weight: reader.vector("weight", features), bias: reader.has("bias") ? reader.vector("bias", features) : zeros([features]) };
}

/**
 * The tensors of a norm, beside projections that have biases or not: PyTorch gives norms biases only where projections have some.
 *
 * @throws {Error} when it is an RMS norm, or has a bias that PyTorch has no place for.
 */
export function writeLayerNorm(what: string, norm: NormParams, biased: boolean): Record<string, Tensor> {
  if (!("bias" in norm)) throw new Error(`${what}: PyTorch's layers have layer norms, but these parameters are of RMS norms.`);
  if (!biased && norm.bias.dataSync().some((value) => value !== 0))
    throw new Error(`${what}: PyTorch's layers without biases have none in their norms either, but these have a norm with a bias that is not 0.`);
  return biased ? { ...norm } : { weight: norm.weight };
}
