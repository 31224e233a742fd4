// Training by our own loop, on our backend, or composed of TensorFlow.js's operations on its backend for WebAssembly: tokens/s, and memory.
import { foldIn, key, type TensorTree, useBackend } from "@refrain/core";
import { randomWindows } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { type LanguageModel, languageObjective } from "@refrain/models";
import { adamw, constant, train } from "@refrain/train";
import type { Shape } from "../shapes.ts";
import { heapOf } from "./heap-of.ts";
import { modelOf } from "./model-of.ts";
import { oneHotModel } from "./one-hot-model.ts";
import { secondsPerCall } from "./seconds-per-call.ts";
import { serve } from "./serve.ts";
import { someTokens } from "./some-tokens.ts";

type Task = { readonly backend: "simd" | "wasm"; readonly threads: number; readonly shape: Shape };

const TOKENS = 100_000;

await serve<Task>(async ({ backend, threads, shape }) => {
  await useBackend(backend, { threads });
  const heap = backend === "simd" ? heapOf() : undefined;
  const model = backend === "simd" ? modelOf(shape) : oneHotModel(shape);
  const steps = stepsOf(model, shape);
  return async () => {
    const seconds = await secondsPerCall(() => steps.next());
    return { value: (shape.batch * shape.context) / seconds, rss: 1024 * process.resourceUsage().maxRSS, ...heap?.() };
  };
});

/** One training step after the other. */
async function* stepsOf(model: LanguageModel<TensorTree>, { vocabulary, batch, context }: Shape): AsyncGenerator<void> {
  const events = train({
    params: model.init(key(1)),
    optimizer: adamw(),
    objective: languageObjective(model, (logits, labels) => crossEntropy(logits, labels)),
    batches: randomWindows(someTokens(TOKENS, vocabulary), { batch, context }, 1),
    schedule: constant(1e-3),
    budget: { steps: Number.MAX_SAFE_INTEGER },
    clip: 1,
    key: foldIn(key(1), 1),
  });
  for await (const { event } of events) if (event === "step") yield;
}
