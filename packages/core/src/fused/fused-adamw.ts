import type { Tensor } from "@tensorflow/tfjs-core";
import { workbench } from "../simd/workbench.ts";
import { gpuAdamw } from "../webgpu/gpu-adamw.ts";
import { onWebgpu } from "../webgpu/run-program.ts";
import type { AdamwStep, AdamwTensors } from "./adamw-contract.ts";

/** One AdamW update of one parameter in one pass over memory, on `webgpu` in one for each result; undefined on other backends, and on `webgpu` where there are no weights. */
export function fusedAdamw({ weights, first, second }: AdamwTensors, gradients: Tensor, s: AdamwStep): AdamwTensors | undefined {
  const bench = workbench();
  const gpu = onWebgpu() && weights.size > 0;
  if (!bench && !gpu) return undefined;
  for (const part of [gradients, first, second]) {
    if (part.size !== weights.size) throw new Error(`adamw: gradients and state must be shaped as the weights [${weights.shape}], but one is [${part.shape}].`);
  }
  if (!bench) return gpuAdamw({ weights, first, second }, gradients, s);
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
