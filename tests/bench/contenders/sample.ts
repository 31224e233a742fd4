// Our model writing one token after the other, on our backend or composed on TensorFlow.js's for WebAssembly: tokens/s.
import { type DecoderWeights, key, useBackend } from "@refrain/core";
import { generate } from "@refrain/models";
import type { Shape } from "../shapes.ts";
import { coolSampler } from "./cool-sampler.ts";
import { modelOf } from "./model-of.ts";
import { serve } from "./serve.ts";
import { tokensPerSecond } from "./tokens-per-second.ts";

type Task = { readonly backend: "simd" | "wasm"; readonly threads: number; readonly shape: Shape; readonly weights: DecoderWeights };

await serve<Task>(async ({ backend, threads, shape, weights }) => {
  await useBackend(backend, { threads });
  const model = modelOf(shape);
  const params = model.init(key(1));
  const sampler = coolSampler();
  // A GPT's text ends where its context is full, as the peers' does.
  const length = shape.kind === "gpt" ? shape.context : undefined;
  const begin = () => generate(model, params, { prompt: [0], sampler, weights, ...(length && { length }) });
  let text = begin();
  return async () => ({
    value: await tokensPerSecond(() => {
      if (text.next().done) text = begin();
    }),
  });
});
