import { engine } from "@tensorflow/tfjs-core";
import type { KernelFunctions } from "@refrain/kernels";

/** The kernels that stand for single operations of TensorFlow.js; every other does what takes several. */
const SINGLE: ReadonlySet<string> = new Set<keyof KernelFunctions>([
  "gemm",
  "gemv",
  "softmax",
  "logSoftmax",
  "unary",
  "binary",
  "gatherRows",
  "scatterRows",
  "scatterAddRows",
  "sumRows",
  "sumColumns",
  "sumSquares",
  "maxRows",
  "argMaxRows",
  "blend",
]);

type Simd = { kernels: { run: KernelFunctions } };

/** Watches which kernels of ours run on the backend in use from now on; on others there are none. */
export function countKernels(): { fused(): boolean } {
  const backend = engine().backend as unknown as Partial<Simd>;
  const { kernels } = backend;
  if (!kernels) return { fused: () => false };
  const ran = new Set<string>();
  const run = new Proxy(kernels.run, {
    get(target, name) {
      ran.add(String(name));
      return target[name as keyof KernelFunctions];
    },
  });
  backend.kernels = { ...kernels, run };
  return {
    fused() {
      backend.kernels = kernels;
      return [...ran].some((name) => !SINGLE.has(name));
    },
  };
}
