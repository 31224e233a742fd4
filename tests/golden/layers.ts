import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { gelu, rmsNorm } from "@refrain/core";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

export const rmsNormCase: Operation = (golden) =>
  differentiate(golden, ({ x, weight }) => ({
    y: rmsNorm({ features: (weight as Tensor).size, epsilon: golden.config.eps as number }).apply({ weight: weight as Tensor1D }, x as Tensor),
  }));

export const geluCase: Operation = (golden) =>
  differentiate(golden, ({ x }) => ({ y: gelu(x as Tensor, { approximate: golden.config.approximate as "none" | "tanh" }) }));
