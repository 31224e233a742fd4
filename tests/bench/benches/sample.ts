import type { Bench } from "../contract.ts";
import { compare, type Theirs } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { type Shape, SHAPES } from "../shapes.ts";
import { CORES, torchSides } from "./sides.ts";

/**
 * One stream of tokens from each shape: tokens/s, with weights as they are and, against PyTorch, with int8 weights, each side on one thread or on several, whichever is faster. A GPT writes until its
 * context is full; PyTorch's and ONNX Runtime's, which have no key/value cache, read their text anew for each token.
 */
export const sample: Bench = async (settings, output) => {
  const counts = settings.threads ? [settings.threads] : [...new Set([1, CORES])];
  const oursOf = (shape: Shape, weights: "f32" | "int8") =>
    counts.map((threads) => ({ threads, open: () => openContender("sample", { backend: "simd", threads, shape, weights }) }));
  for (const [name, shape] of SHAPES) {
    const torch = torchSides({ what: "sample", shape });
    const onnx = (runtime: "onnxruntime-web" | "onnxruntime-node"): Theirs[] =>
      counts.map((threads) => ({ peer: runtime, open: () => openContender("onnx-sample", { runtime, threads, shape }) }));
    await compare(
      {
        bench: "sample",
        shape: name,
        unit: "tokens/s",
        ours: oursOf(shape, "f32"),
        theirs: [
          ...torch,
          { peer: "tfjs-backend-wasm", open: () => openContender("sample", { backend: "wasm", threads: 1, shape, weights: "f32" }) },
          ...(shape.kind === "gpt" ? [] : [{ peer: "tfjs-layers" as const, open: () => openContender("layers", { what: "sample", shape }) }]),
          ...onnx("onnxruntime-web"),
          ...onnx("onnxruntime-node"),
        ],
      },
      output,
    );
    await compare({ bench: "sample", shape: `${name} int8`, unit: "tokens/s", ours: oursOf(shape, "int8"), theirs: torch }, output);
  }
};
