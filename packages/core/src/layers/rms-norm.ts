import { add, cast, mean, mul, ones, rsqrt, square, type Tensor, type Tensor1D } from "@tensorflow/tfjs-core";
import type { Layer } from "../contract.ts";

/** `weight` [features] */
export type RmsNormParams = { readonly weight: Tensor1D };

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis (Zhang and Sennrich 2019): [.., features] to the same. */
export function rmsNorm({ features, epsilon = 1e-5 }: { readonly features: number; readonly epsilon?: number }): Layer<RmsNormParams, Tensor, Tensor> {
  return {
    kind: "rms-norm",
    config: { features, epsilon },
    init: () => ({ weight: ones([features]) }),
    apply({ weight }, x) {
      if (x.shape.at(-1) !== features) throw new Error(`rmsNorm: the last axis of x must have ${features} features, but x is [${x.shape}].`);
      const numbers = cast(x, "float32");
      return mul(mul(numbers, rsqrt(add(mean(square(numbers), -1, true), epsilon))), weight);
    },
  };
}
