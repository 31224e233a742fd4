export { type Batch, PADDING, type WindowSizes } from "./batch.ts";
export { charTokenizer, type CharTokenizer, charVocabulary } from "./char-tokenizer.ts";
export { consecutiveWindows } from "./consecutive-windows.ts";
export { type Corpus, linesOf, splitCorpus } from "./corpus.ts";
export { normalize } from "./normalize.ts";
export { randomWindows } from "./random-windows.ts";
export type { Tokenizer } from "./tokenizer.ts";
