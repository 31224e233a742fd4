import { reshape, matMul, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { type Layer, uniform } from "@refrain/core";
import type { ScoreInput } from "./contract.ts";
import { dot } from "./dot.ts";

/** `weight` [query features, key features] */
export type GeneralParams = { readonly weight: Tensor2D };

/** The sizes of a general similarity. */
export type GeneralConfig = { readonly queryFeatures: number; readonly keyFeatures: number };

/** q W · k (Luong et al. 2015, "general"): queries and keys may differ in features. Starts uniform in +-1/sqrt(query features). */
export function general({ queryFeatures, keyFeatures }: GeneralConfig): Layer<GeneralParams, ScoreInput, Tensor> {
  const bound = 1 / Math.sqrt(queryFeatures);
  return {
    kind: "general",
    config: { queryFeatures, keyFeatures },
    init: (key) => ({ weight: tensor2d(uniform(key, queryFeatures * keyFeatures, -bound, bound), [queryFeatures, keyFeatures]) }),
    apply: ({ weight }, { query, keys }) => {
      const asked = matMul(reshape(query, [-1, queryFeatures]), weight);
      return dot(reshape(asked, [...query.shape.slice(0, -1), keyFeatures]), keys);
    },
  };
}
