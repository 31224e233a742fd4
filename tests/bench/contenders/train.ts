// Training by our own loop, on our backend, or composed of TensorFlow.js's operations on its backend for WebAssembly: tokens/s, and memory.
import { useBackend } from "@refrain/core";
import type { Shape } from "../shapes.ts";
import { heapOf } from "./heap-of.ts";
import { modelOf } from "./model-of.ts";
import { oneHotModel } from "./one-hot-model.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";
import { trainingSteps } from "./training-steps.ts";

type Task = { readonly backend: "simd" | "wasm"; readonly threads: number; readonly shape: Shape };

await serve<Task>(async ({ backend, threads, shape }) => {
  await useBackend(backend, { threads });
  const heap = backend === "simd" ? heapOf() : undefined;
  const model = backend === "simd" ? modelOf(shape) : oneHotModel(shape);
  const steps = trainingSteps(model, shape);
  return async () => {
    const seconds = await secondsPerCall(() => steps.next());
    return { value: (shape.batch * shape.context) / seconds, rss: 1024 * process.resourceUsage().maxRSS, ...heap?.() };
  };
});
