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

type Webgpu = { runWebGPUProgram(program: { readonly shaderKey: string }, ...given: unknown[]): unknown };

/** How the programs that run on WebGPU are called, if they are ours; and the one that stands for a single operation. */
const OURS = "refrain ",
  SUMS = "refrain sum-rows";

/** Watches which kernels and programs of ours run on the backend in use from now on; on others than `simd` and `webgpu` there are none. */
export function countKernels(): { fused(): boolean } {
  const backend = engine().backend as unknown as Partial<Simd & Webgpu>;
  const { kernels } = backend;
  if (backend.runWebGPUProgram) return countPrograms(backend as Webgpu);
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

function countPrograms(backend: Webgpu): { fused(): boolean } {
  const run = backend.runWebGPUProgram;
  let fused = false;
  backend.runWebGPUProgram = (program, ...given) => {
    if (program.shaderKey.startsWith(OURS) && !program.shaderKey.startsWith(SUMS)) fused = true;
    return run.call(backend, program, ...given);
  };
  return {
    fused() {
      backend.runWebGPUProgram = run;
      return fused;
    },
  };
}
