import type { Bench } from "../contract.ts";
import { compare, type Theirs } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { type Shape, SHAPES } from "../shapes.ts";
import { CORES, torchSides } from "./sides.ts";

/** Texts that are written at once. */
const TEXTS = 8;

/**
 * One stream of tokens from each shape: tokens/s, with weights as they are and, against PyTorch, with int8 weights; and several streams at
 * once, all together. Each side is on one thread or on several, whichever is faster. A GPT writes until its context is full; PyTorch's and ONNX
 * Runtime's, which have no key/value cache, read their text anew for each token.
 */
export const sample: Bench = async (settings, output) => {
  const counts = settings.threads ? [settings.threads] : [...new Set([1, CORES])];
  const oursOf = (shape: Shape, weights: "f32" | "int8", texts = 1) =>
    counts.map((threads) => ({ threads, open: () => openContender("sample", { backend: "simd", threads, shape, weights, texts }) }));
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
          { peer: "tfjs-backend-wasm", open: () => openContender("sample", { backend: "wasm", threads: 1, shape, weights: "f32", texts: 1 }) },
          ...(shape.kind === "gpt" ? [] : [{ peer: "tfjs-layers" as const, open: () => openContender("layers", { what: "sample", shape }) }]),
          ...onnx("onnxruntime-web"),
          ...onnx("onnxruntime-node"),
        ],
      },
      output,
    );
    const alone = oursOf(shape, "f32").map(({ open }): Theirs => ({ peer: "one text", open }));
    const together = oursOf(shape, "f32", TEXTS);
    await compare({ bench: "sample", shape: `${name}, ${TEXTS} texts at once`, unit: "tokens/s", ours: together, theirs: alone }, output);
    await compare({ bench: "sample", shape: `${name} int8`, unit: "tokens/s", ours: oursOf(shape, "int8"), theirs: torch }, output);
  }
};
