import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { workbench } from "../simd/workbench.ts";

export type AdamwStep = {
  /** 1 - rate * decay */
  readonly keep: number;
  readonly beta1: number;
  readonly beta2: number;
  /** rate / (1 - beta1^t) */
  readonly step: number;
  /** 1 / sqrt(1 - beta2^t) */
  readonly correction: number;
  readonly epsilon: number;
  /** What gradients are multiplied by first; 1 by default. */
  readonly scale?: Scalar | undefined;
};

export type AdamwTensors = { readonly weights: Tensor; readonly first: Tensor; readonly second: Tensor };

/** One AdamW update of one parameter in one pass over memory; undefined where the backend is not `simd`. */
export function fusedAdamw({ weights, first, second }: AdamwTensors, gradients: Tensor, s: AdamwStep): AdamwTensors | undefined {
  const bench = workbench();
  if (!bench) return undefined;
  for (const part of [gradients, first, second]) {
    if (part.size !== weights.size) throw new Error(`adamw: gradients and state must be shaped as the weights [${weights.shape}], but one is [${part.shape}].`);
  }
  const { run, tensor, at } = bench;
  const next = { weights: tensor(weights.shape), first: tensor(weights.shape), second: tensor(weights.shape) };
  run.adamw(
    weights.size,
    at(weights),
    at(gradients),
    at(s.scale),
    at(first),
    at(second),
    s.keep,
    s.beta1,
    s.beta2,
    s.step,
    s.correction,
    s.epsilon,
    at(next.weights),
    at(next.first),
    at(next.second),
  );
  return next;
}
