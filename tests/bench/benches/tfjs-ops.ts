import type { Bench } from "../contract.ts";
import { compare } from "../compare/compare.ts";
import { openContender } from "../compare/contender.ts";
import { OPERATIONS } from "../contenders/tfjs-operations.ts";

/** TensorFlow.js's operations on our backend and on its own for WebAssembly, which has one thread in Node: µs. */
export const tfjsOps: Bench = async ({ threads = 1 }, output) => {
  for (const operation of Object.keys(OPERATIONS)) {
    await compare(
      {
        bench: "tfjs-ops",
        shape: operation,
        unit: "µs",
        ours: [{ threads, open: () => openContender("tfjs-op", { backend: "simd", threads, operation }) }],
        theirs: [{ peer: "tfjs-backend-wasm", open: () => openContender("tfjs-op", { backend: "wasm", threads: 1, operation }) }],
      },
      output,
    );
  }
};
