import type { Bench } from "../contract.ts";
import { compare, type Theirs } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { SHAPES } from "../shapes.ts";
import { CORES, torchSides } from "./sides.ts";

/**
 * One stream of tokens from each shape, f32: tokens/s, each side on one thread or on several, whichever is faster. A GPT writes until its
 * context is full; PyTorch's and ONNX Runtime's, which have no key/value cache, read their text anew for each token.
 */
export const sample: Bench = async (settings, output) => {
  const counts = settings.threads ? [settings.threads] : [...new Set([1, CORES])];
  for (const [name, shape] of SHAPES) {
    const onnx = (runtime: "onnxruntime-web" | "onnxruntime-node"): Theirs[] =>
      counts.map((threads) => ({ peer: runtime, open: () => openContender("onnx-sample", { runtime, threads, shape }) }));
    await compare(
      {
        bench: "sample",
        shape: name,
        unit: "tokens/s",
        ours: counts.map((threads) => ({ threads, open: () => openContender("sample", { backend: "simd", threads, shape }) })),
        theirs: [
          ...torchSides({ what: "sample", shape }),
          { peer: "tfjs-backend-wasm", open: () => openContender("sample", { backend: "wasm", threads: 1, shape }) },
          ...(shape.kind === "gpt" ? [] : [{ peer: "tfjs-layers" as const, open: () => openContender("layers", { what: "sample", shape }) }]),
          ...onnx("onnxruntime-web"),
          ...onnx("onnxruntime-node"),
        ],
      },
      output,
    );
  }
};
