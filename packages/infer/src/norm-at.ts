import type { NormAt } from "@refrain/kernels/nets";
import type { Parameters } from "./parameters.ts";

/** `PATH.weight` and `PATH.bias` [features] of a norm; of an RMS norm the weight alone. */
export function normAt(params: Parameters, path: string, features: number, kind: "layer" | "rms"): NormAt {
  return { weight: params.vector(`${path}.weight`, features), bias: kind === "rms" ? 0 : params.vector(`${path}.bias`, features) };
}
