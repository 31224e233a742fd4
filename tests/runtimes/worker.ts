// The suite in workerd, where nothing can be compiled: each build comes as a module.
import { charRnnFrom } from "@refrain/infer/edge";
import relaxed from "@refrain/infer/relaxed.wasm";
import simd from "@refrain/infer/simd.wasm";
import { instantiateKernels } from "@refrain/kernels";
import weights from "./model.safetensors";
import { tokensOf } from "./tokens-of.mjs";

export default {
  fetch: async (): Promise<Response> =>
    Response.json(
      await Promise.all(
        [relaxed, simd].map(async (module) => ({ kernels: instantiateKernels(module).build, tokens: await tokensOf(charRnnFrom(weights, { module })) })),
      ),
    ),
};
