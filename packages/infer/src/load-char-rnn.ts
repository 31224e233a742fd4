import { charRnn } from "./char-rnn.ts";
import type { LanguageModel, LoadOptions, ModelSource } from "./contract.ts";
import { load } from "./load.ts";

/** A saved char-rnn; as `loadLanguageModel`, without the code for other kinds. */
export async function loadCharRnn(source: ModelSource, options: LoadOptions = {}): Promise<LanguageModel> {
  return await load(source, options, { "char-rnn": charRnn });
}
