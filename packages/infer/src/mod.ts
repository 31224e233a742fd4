export type { LanguageModel, LoadedModel, LoadOptions, LoadProgress, ModelSource, Session } from "./contract.ts";
export { generate, type GenerateOptions } from "./generate.ts";
export { loadCharRnn } from "./load-char-rnn.ts";
export { loadGpt } from "./load-gpt.ts";
export { loadLanguageModel } from "./load-language-model.ts";
export { readerOf } from "./reader-of.ts";
