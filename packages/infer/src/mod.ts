export type { LanguageModel, LoadedModel, LoadOptions, LoadProgress, ModelSource, Session } from "./contract.ts";
