// Our model, exported, in ONNX Runtime, writing one token after the other: tokens/s.
import type { Shape } from "../shapes.ts";
import { coolSampler } from "./cool-sampler.ts";
import { exportedModel } from "./exported-model.ts";
import { onnxWriter } from "./onnx-writer.ts";
import { type OnnxRuntime, openOnnx } from "./onnx-runtime.ts";
import { serve } from "./serve.ts";
import { tokensPerSecond } from "./tokens-per-second.ts";

type Task = { readonly runtime: OnnxRuntime; readonly threads: number; readonly shape: Shape };

await serve<Task>(async ({ runtime, threads, shape }) => {
  const { onnx } = await exportedModel(shape);
  const write = onnxWriter(await openOnnx(runtime, threads, onnx), shape, coolSampler());
  return async () => ({ value: await tokensPerSecond(write) });
});
