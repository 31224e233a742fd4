// Our model writing one token after the other, of one text or of several in turn, on our backend or composed on TensorFlow.js's for WebAssembly: tokens/s.
import { type DecoderWeights, key, useBackend } from "@refrain/core";
import { generate, generateEach } from "@refrain/models";
import type { Shape } from "../shapes.ts";
import { coolSampler } from "./cool-sampler.ts";
import { modelOf } from "./model-of.ts";
import { serve } from "./serve.ts";
import { tokensPerSecond } from "./tokens-per-second.ts";

type Task = { readonly backend: "simd" | "wasm"; readonly threads: number; readonly shape: Shape; readonly weights: DecoderWeights; readonly texts: number };

await serve<Task>(async ({ backend, threads, shape, weights, texts }) => {
  await useBackend(backend, { threads });
  const model = modelOf(shape);
  const params = model.init(key(1));
  const sampler = coolSampler();
  // A GPT's text ends where its context is full, as the peers' does.
  const length = shape.kind === "gpt" ? shape.context : undefined;
  const text = { prompt: [0], sampler, ...(length && { length }) };
  const begin = () => (texts === 1 ? generate(model, params, { ...text, weights }) : generateEach(model, params, Array(texts).fill(text), { weights }));
  let writing: Iterator<unknown> = begin();
  return async () => ({
    value: await tokensPerSecond(() => {
      if (writing.next().done) writing = begin();
    }),
  });
});
