import type { Tensor } from "@tensorflow/tfjs-core";
import type { AdamwStep, AdamwTensors } from "../fused/adamw-contract.ts";
import { runEach } from "./run-each.ts";

/** The update of `fusedAdamw` on WebGPU: a dispatch for each of its three results. */
export function gpuAdamw(
  { weights, first, second }: AdamwTensors,
  gradients: Tensor,
  { keep, beta1, beta2, step, correction, epsilon }: AdamwStep,
): AdamwTensors {
  const { shape } = weights;
  const moved = (name: string, mean: Tensor, beta: number, seen: string) =>
    runEach(`adamw ${name}`, `uniforms.beta * mean[index] + (1.0 - uniforms.beta) * ${seen}`, { mean, gradients }, shape, { beta });
  const m = moved("first", first, beta1, "gradients[index]");
  const v = moved("second", second, beta2, "gradients[index] * gradients[index]");
  const next = "uniforms.keep * weights[index] - uniforms.step * m[index] / (sqrt(v[index]) * uniforms.correction + uniforms.epsilon)";
  return { weights: runEach("adamw weights", next, { weights, m, v }, shape, { keep, step, correction, epsilon }), first: m, second: v };
}
