import type { LanguageModel, LoadOptions, ModelSource } from "./contract.ts";
import { gpt } from "./gpt.ts";
import { load } from "./load.ts";

/** A saved gpt; as `loadLanguageModel`, without the code for other kinds. */
export async function loadGpt(source: ModelSource, options: LoadOptions = {}): Promise<LanguageModel> {
  return await load(source, options, { gpt });
}
