import type { Tensor } from "@tensorflow/tfjs-core";
import { layerNorm, type LayerNormParams, type Layer, rmsNorm, type RmsNormParams } from "@refrain/core";

/** The parameters of a block's norm, of either kind. */
export type NormParams = LayerNormParams | RmsNormParams;

/** The norm of a block's config. */
export function normOf(kind: "layer" | "rms", features: number, epsilon: number): Layer<NormParams, Tensor, Tensor> {
  if (kind !== "layer" && kind !== "rms") throw new TypeError(`the norm must be "layer" or "rms", but is ${JSON.stringify(kind)}.`);
  return (kind === "rms" ? rmsNorm : layerNorm)({ features, epsilon }) as Layer<NormParams, Tensor, Tensor>;
}
