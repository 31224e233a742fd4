import type { Bench } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { openContender, openTorch, together } from "../compare/contender.ts";
import { CORES } from "./sides.ts";

const SIZES = [64, 256, 768],
  BUILDS = ["relaxed", "simd"] as const;

/**
 * Products of square matrices by both builds, on one thread and on all: GFLOP/s. The peak of n threads is that of n processes at once.
 * TensorFlow.js's and jax-js's WebAssembly have one thread in Node; the others have as many as ours.
 */
export const gemm: Bench = async (settings, output) => {
  const counts = new Set([1, settings.threads ?? CORES]);
  for (const threads of counts)
    for (const build of BUILDS)
      for (const size of SIZES)
        await compare(
          {
            bench: "gemm",
            shape: `${size}³ ${build}`,
            unit: "GFLOP/s",
            ours: [{ threads, open: () => openContender("kernels", { what: "gemm", build, threads, size }) }],
            theirs: [
              { peer: "peak", open: () => together(Array.from({ length: threads }, () => openContender("kernels", { what: "peak", build, threads: 1 }))) },
              {
                peer: "tfjs-backend-wasm",
                open: () =>
                  openContender("tfjs-op", { backend: "wasm", threads: 1, operation: `matMul ${size}×${size}, ${size}×${size}`, flop: 2 * size ** 3 }),
              },
              { peer: "onnxruntime-web", open: () => openContender("onnx-gemm", { runtime: "onnxruntime-web", threads, size }) },
              { peer: "onnxruntime-node", open: () => openContender("onnx-gemm", { runtime: "onnxruntime-node", threads, size }) },
              { peer: "jax-js", open: () => openContender("jax-gemm", { size }) },
              { peer: "torch", open: () => openTorch({ what: "gemm", size, threads, blasThreads: threads }) },
            ],
          },
          output,
        );
};
