import type { Bench } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { SHAPES } from "../shapes.ts";
import { CORES, torchSides } from "./sides.ts";

/**
 * Training steps of each shape: tokens/s, on all threads. TensorFlow.js's backend for WebAssembly has one thread in Node; it trains the same
 * model, composed of its operations, with a product in place of the embedding. tfjs-layers has no attention.
 */
export const train: Bench = async ({ threads = CORES }, output) => {
  for (const [name, shape] of SHAPES) {
    await compare(
      {
        bench: "train",
        shape: name,
        unit: "tokens/s",
        ours: [{ threads, open: () => openContender("train", { backend: "simd", threads, shape }) }],
        theirs: [
          ...torchSides({ what: "train", shape }),
          { peer: "tfjs-backend-wasm", open: () => openContender("train", { backend: "wasm", threads: 1, shape }) },
          ...(shape.kind === "gpt" ? [] : [{ peer: "tfjs-layers" as const, open: () => openContender("layers", { what: "train", shape }) }]),
        ],
      },
      output,
    );
  }
};
