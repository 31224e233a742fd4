/*
 * For edge workers, which have the model's bytes and the kernels' module at hand: nothing is fetched, looked for or compiled, so that a model
 * is ready at once, while a Worker starts. A bundle takes the code of the kinds that it loads, and no more.
 */
import { instantiateKernels } from "@refrain/kernels";
import { charRnn } from "./char-rnn.ts";
import type { LanguageModel, LoadOptions } from "./contract.ts";
import { gpt } from "./gpt.ts";
import { makeModel } from "./make-model.ts";

export type { LanguageModel, Session } from "./contract.ts";
export { generate, type GenerateOptions } from "./generate.ts";
export { readerOf } from "./reader-of.ts";

/** How a model is held, and the kernels that it runs on. */
export type EdgeOptions = Pick<LoadOptions, "weights"> & {
  /** The kernels, compiled: `@refrain/infer/relaxed.wasm`, or `simd.wasm` where the runtime has no relaxed SIMD. */
  readonly module: WebAssembly.Module;
};

/** A char-rnn from the bytes of its file. @throws {Error} when it is no such model, or is damaged; when the kernels do not run here. */
export function charRnnFrom(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer, { module, weights }: EdgeOptions): LanguageModel {
  return makeModel(bytesOf(bytes), instantiateKernels(module), { ...(weights && { weights }) }, { "char-rnn": charRnn });
}

/** A gpt from the bytes of its file. @throws {Error} as `charRnnFrom` does. */
export function gptFrom(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer, { module, weights }: EdgeOptions): LanguageModel {
  return makeModel(bytesOf(bytes), instantiateKernels(module), { ...(weights && { weights }) }, { gpt });
}

const bytesOf = (bytes: Uint8Array<ArrayBuffer> | ArrayBuffer) => (bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
