import { add, cast, mean, mul, ones, rsqrt, square, sub, type Tensor, type Tensor1D, zeros } from "@tensorflow/tfjs-core";
import type { Layer } from "../contract.ts";
import { fusedLayerNorm } from "../fused/fused-layer-norm.ts";

/** `weight`, `bias` [features] */
export type LayerNormParams = { readonly weight: Tensor1D; readonly bias: Tensor1D };

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis (Ba et al. 2016): [.., features] to the same. */
export function layerNorm({ features, epsilon = 1e-5 }: { readonly features: number; readonly epsilon?: number }): Layer<LayerNormParams, Tensor, Tensor> {
  return {
    kind: "layer-norm",
    config: { features, epsilon },
    init: () => ({ weight: ones([features]), bias: zeros([features]) }),
    apply({ weight, bias }, x) {
      if (x.shape.at(-1) !== features) throw new Error(`layerNorm: the last axis of x must have ${features} features, but x is [${x.shape}].`);
      const numbers = cast(x, "float32");
      return fusedLayerNorm(numbers, weight, bias, epsilon) ?? composed(numbers, weight, bias, epsilon);
    },
  };
}

function composed(x: Tensor, weight: Tensor1D, bias: Tensor1D, epsilon: number): Tensor {
  const centre = mean(x, -1, true);
  const scale = rsqrt(add(mean(square(sub(x, centre)), -1, true), epsilon));
  return add(mul(mul(sub(x, centre), scale), weight), bias);
}
