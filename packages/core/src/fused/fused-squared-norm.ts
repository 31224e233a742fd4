import { scalar, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { workbench } from "../simd/workbench.ts";
import { gpuSquaredNorm } from "../webgpu/gpu-squared-norm.ts";
import { onWebgpu } from "../webgpu/run-program.ts";

/** The sum of the squares of all numbers of these tensors, added up in f64 on `simd`, in f32 on `webgpu`; undefined on other backends. */
export function fusedSquaredNorm(tensors: readonly Tensor[]): Scalar | undefined {
  const bench = workbench();
  if (!bench) return onWebgpu() ? gpuSquaredNorm(tensors) : undefined;
  return scalar(tensors.reduce((sum, tensor) => sum + bench.run.sumSquares(tensor.size, bench.at(tensor)), 0));
}
