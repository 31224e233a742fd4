export { charRnn, type CharRnn, type CharRnnConfig, type CharRnnInput, type CharRnnOutput, type CharRnnParams, type CharRnnState } from "./char-rnn.ts";
export { type Decoder, decoder, type Place, type Reading } from "./decoder.ts";
export { generate, type GenerateOptions } from "./generate.ts";
export { gpt, type Gpt, type GptConfig, type GptInput, type GptOutput, type GptParams, type GptState } from "./gpt.ts";
export type { LanguageInput, LanguageModel, LanguageOutput } from "./language-model.ts";
export { languageObjective, type TokenBatch, type TokenLoss } from "./language-objective.ts";
export { rewrite } from "./rewrite.ts";
export { loadModel, saveModel, type SavedModel } from "./saved-model.ts";
