// The suite in a page.
import { loadLanguageModel } from "@refrain/infer";
import { loadKernels } from "@refrain/kernels";
import { tokensOf } from "./tokens-of.mjs";

/** What each build of the kernels writes. */
export async function write() {
  const written = [];
  for (const options of [{}, { build: "simd" }]) {
    const kernels = await loadKernels(options);
    written.push({ kernels: kernels.build, tokens: await tokensOf(await loadLanguageModel("model.safetensors", { kernels })) });
  }
  return written;
}
