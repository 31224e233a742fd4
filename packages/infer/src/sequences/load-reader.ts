import type { LoadOptions, ModelSource } from "../contract.ts";
import { load } from "../load.ts";
import { reader, type QuestionReader } from "./reader.ts";

/** A saved reader of passages and questions, ready to run on the kernels alone. @throws {Error} as `loadLanguageModel` does. */
export async function loadReader(source: ModelSource, options: LoadOptions = {}): Promise<QuestionReader> {
  return await load(source, options, { reader });
}
