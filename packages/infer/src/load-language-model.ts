import { charRnn } from "./char-rnn.ts";
import type { LanguageModel, LoadOptions, ModelSource } from "./contract.ts";
import { gpt } from "./gpt.ts";
import { load } from "./load.ts";

/**
 * A saved char-rnn or gpt, ready to read and write text on the kernels alone.
 *
 * @throws {Error} when the source cannot be read, is no model of such a kind, or is damaged; when the kernels do not run here.
 * @throws the signal's reason once it is aborted.
 */
export async function loadLanguageModel(source: ModelSource, options: LoadOptions = {}): Promise<LanguageModel> {
  return await load(source, options, { "char-rnn": charRnn, gpt });
}
