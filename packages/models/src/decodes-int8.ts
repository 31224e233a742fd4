import { getBackend } from "@tensorflow/tfjs-core";
import type { CharRnn } from "./char-rnn.ts";
import type { LanguageModel } from "./language-model.ts";

/** Whether int8 weights can be asked for: on the `simd` backend, for a model that has kernels for them. */
export function decodesInt8({ kind, config }: LanguageModel): boolean {
  return getBackend() === "simd" && (kind === "gpt" || (config as CharRnn["config"]).cell !== "peephole-lstm");
}
