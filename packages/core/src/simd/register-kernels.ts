import { getKernelsForBackend, type KernelConfig, type KernelFunc, registerKernel } from "@tensorflow/tfjs-core";
import { arithmeticKernels } from "./arithmetic.ts";
import { castKernels } from "./cast.ts";
import { matMulKernels } from "./mat-mul.ts";
import { moveKernels } from "./moves.ts";
import { reductionKernels } from "./reductions.ts";
import { rowKernels } from "./row-kernels.ts";

/** A kernel of our own, or undefined where it does not cover the case and the CPU backend's code shall run. */
export type Override = (fallback: KernelFunc) => KernelFunc;

/** Our kernels by TensorFlow.js's names. */
const OVERRIDES: Record<string, Override> = { ...arithmeticKernels, ...castKernels, ...matMulKernels, ...moveKernels, ...reductionKernels, ...rowKernels };

/** Registers a kernel for every operation that the CPU backend has: ours where there is one, else the CPU backend's over our storage. */
export function registerKernels(): void {
  for (const kernel of getKernelsForBackend("cpu") as KernelConfig[]) {
    const override = OVERRIDES[kernel.kernelName];
    registerKernel({ ...kernel, backendName: "simd", kernelFunc: override ? override(kernel.kernelFunc) : kernel.kernelFunc });
  }
}
