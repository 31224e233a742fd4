import { key, useBackend } from "@refrain/core";
import { toOnnx } from "@refrain/interop";
import { saveModel } from "@refrain/models";
import type { Shape } from "../shapes.ts";
import { modelOf } from "./model-of.ts";

/** Our model of a shape with fresh weights, as the files that we and ONNX Runtime load. */
export async function exportedModel(shape: Shape): Promise<{ readonly safetensors: Uint8Array; readonly onnx: Uint8Array }> {
  await useBackend("simd");
  const model = modelOf(shape);
  const params = model.init(key(1));
  return { safetensors: saveModel({ model, params, tokenizer: null }), onnx: toOnnx(model, params) };
}
