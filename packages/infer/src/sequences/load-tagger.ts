import type { LoadOptions, ModelSource } from "../contract.ts";
import { load } from "../load.ts";
import { tagger, type Tagger } from "./tagger.ts";

/** A saved tagger, ready to run on the kernels alone. @throws {Error} as `loadLanguageModel` does. */
export async function loadTagger(source: ModelSource, options: LoadOptions = {}): Promise<Tagger> {
  return await load(source, options, { tagger });
}
