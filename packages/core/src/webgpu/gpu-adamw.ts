import type { Tensor } from "@tensorflow/tfjs-core";
import type { AdamwStep, AdamwTensors } from "../fused/adamw-contract.ts";
import { runEach } from "./run-each.ts";

/** The update of `fusedAdamw` on WebGPU: a dispatch for each of its three results. */
export function gpuAdamw(
  { weights, first, second }: AdamwTensors,
  gradients: Tensor,
  { keep, beta1, beta2, step, correction, epsilon, scale }: AdamwStep,
): AdamwTensors {
  const { shape } = weights;
  const gradient = scale ? "gradients[index] * scale[0]" : "gradients[index]";
  const moved = (name: string, mean: Tensor, beta: number, seen: string) =>
    runEach(`adamw ${name}`, `uniforms.beta * mean[index] + (1.0 - uniforms.beta) * ${seen}`, { mean, gradients, ...(scale && { scale }) }, shape, { beta });
  const m = moved("first", first, beta1, gradient);
  const v = moved("second", second, beta2, `${gradient} * ${gradient}`);
  const next = "uniforms.keep * weights[index] - uniforms.step * m[index] / (sqrt(v[index]) * uniforms.correction + uniforms.epsilon)";
  return { weights: runEach("adamw weights", next, { weights, m, v }, shape, { keep, step, correction, epsilon }), first: m, second: v };
}
