import type { LoadOptions, ModelSource } from "../contract.ts";
import { load } from "../load.ts";
import type { Translator } from "./contract.ts";
import { seq2seq } from "./seq2seq.ts";

/** A saved model from sequences to sequences, ready to run on the kernels alone. @throws {Error} as `loadLanguageModel` does. */
export async function loadSeq2seq(source: ModelSource, options: LoadOptions = {}): Promise<Translator> {
  return await load(source, options, { seq2seq });
}
