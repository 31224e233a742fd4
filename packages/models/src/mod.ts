export { type Answer, answer, type AnswerOptions } from "./answer.ts";
export { caption, type Caption } from "./caption.ts";
export { captioner, type Captioner, type CaptionerConfig, type CaptionerInput, type CaptionerParams, type CaptionerState } from "./captioner.ts";
export { type CaptionedPictures, captionerObjective } from "./captioner-objective.ts";
export { charRnn, type CharRnn, type CharRnnConfig, type CharRnnInput, type CharRnnOutput, type CharRnnParams, type CharRnnState } from "./char-rnn.ts";
export {
  type Classifier,
  classifier,
  type ClassifierConfig,
  type ClassifierInput,
  type ClassifierOutput,
  type ClassifierParams,
  type StepAttentionParams,
} from "./classifier.ts";
export { classifierObjective, type LabelledTokens } from "./classifier-objective.ts";
export { type Classified, classify } from "./classify.ts";
export { type Decoder, decoder, type DecoderOptions, type Place, type Reading, type ReadingStep } from "./decoder.ts";
export { decodesInt8 } from "./decodes-int8.ts";
export { generate, type GenerateOptions } from "./generate.ts";
export { generateEach, type TextToWrite } from "./generate-each.ts";
export { gpt, type Gpt, type GptConfig, type GptInput, type GptOutput, type GptParams, type GptState } from "./gpt.ts";
export type { LanguageInput, LanguageModel, LanguageOutput } from "./language-model.ts";
export { languageObjective, type TokenBatch, type TokenLoss } from "./language-objective.ts";
export type { AnyModel, ModelKind, ModelOf } from "./model-kinds.ts";
export type { PaddedTokens } from "./padded-tokens.ts";
export type { Asked } from "./reader-input.ts";
export { reader, type Reader, type ReaderConfig, type ReaderInput, type ReaderOutput, type ReaderParams } from "./reader.ts";
export { type Answered, readerObjective } from "./reader-objective.ts";
export type { CellName } from "./recurrent-cell.ts";
export { rewrite } from "./rewrite.ts";
export { type LoadedModel, loadModel, saveModel, type SavedModel } from "./saved-model.ts";
export { seq2seq, type Seq2seqParams } from "./seq2seq.ts";
export type { AttendingConfig, ContextConfig, Seq2seq, Seq2seqConfig, Seq2seqInput, TransformerConfig } from "./seq2seq-contract.ts";
export { type PairTokens, seq2seqObjective } from "./seq2seq-objective.ts";
export { tag } from "./tag.ts";
export { tagger, type Tagger, type TaggerConfig, type TaggerInput, type TaggerOutput, type TaggerParams } from "./tagger.ts";
export { taggerObjective, type TaggedTokens } from "./tagger-objective.ts";
export { translate } from "./translate.ts";
export type { WriteOptions, Written } from "./write.ts";
export type { Writer, WriterConfig, WriterOutput, WriterStep, WriterTarget } from "./writer.ts";
