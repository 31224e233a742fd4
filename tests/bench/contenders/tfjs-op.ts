// One TensorFlow.js operation on our backend or on TensorFlow.js's own for WebAssembly: µs, or GFLOP/s where its FLOP are given.
import { useBackend } from "@refrain/core";
import { dispose, tidy } from "@tensorflow/tfjs-core";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";
import { OPERATIONS } from "./tfjs-operations.ts";

type Task = { readonly backend: "simd" | "wasm"; readonly threads: number; readonly operation: string; readonly flop?: number };

/** Seconds of a turn: short, as there are many operations. */
const TURN = 0.1;

await serve<Task>(async ({ backend, threads, operation, flop }) => {
  await useBackend(backend, { threads });
  const run = OPERATIONS[operation]?.();
  if (!run) throw new Error(`there is no operation ${operation}`);
  return async () => {
    const seconds = await secondsPerCall(() => dispose(tidy(run)), TURN);
    return { value: flop ? flop / 1e9 / seconds : 1e6 * seconds };
  };
});
