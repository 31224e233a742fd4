import { captioner, type Captioner, type CaptionerConfig } from "./captioner.ts";
import { charRnn, type CharRnnConfig } from "./char-rnn.ts";
import { classifier, type Classifier, type ClassifierConfig } from "./classifier.ts";
import { gpt, type GptConfig } from "./gpt.ts";
import type { LanguageModel } from "./language-model.ts";
import { reader, type Reader, type ReaderConfig } from "./reader.ts";
import { seq2seq } from "./seq2seq.ts";
import type { Seq2seq, Seq2seqConfig } from "./seq2seq-contract.ts";
import { tagger, type Tagger, type TaggerConfig } from "./tagger.ts";

/** What each kind of model is. */
export type ModelOf = {
  readonly "char-rnn": LanguageModel;
  readonly gpt: LanguageModel;
  readonly tagger: Tagger;
  readonly classifier: Classifier;
  readonly reader: Reader;
  readonly seq2seq: Seq2seq;
  readonly captioner: Captioner;
};

/** The kinds of models that can be saved. */
export type ModelKind = keyof ModelOf;

/** Any model that can be saved. */
export type AnyModel = ModelOf[ModelKind];

/** How a kind of model is made again. A file's config may hold anything. */
type Maker<M> = {
  make(config: unknown): M;
  /** How many numbers there are at least in its parameters, by one large one after the other. */
  numbers(config: unknown): number[];
  /** How many labels its answers are of, where they are. */
  labels?(model: M): number;
};

/** Every kind that can be saved and loaded. */
export const MODEL_KINDS: { readonly [K in ModelKind]: Maker<ModelOf[K]> } = {
  "char-rnn": {
    make: (config) => charRnn(config as CharRnnConfig),
    numbers(config) {
      const { vocabulary, embedding, hidden, layers } = config as CharRnnConfig;
      return [vocabulary * embedding, vocabulary * hidden, embedding * hidden, layers * hidden * hidden];
    },
  },
  gpt: {
    make: (config) => gpt(config as GptConfig),
    numbers(config) {
      const { vocabulary, context, features, layers, hidden = features, positions = "learned" } = config as GptConfig;
      return [vocabulary * features, positions === "learned" ? context * features : 0, layers * features * features, layers * features * hidden];
    },
  },
  tagger: {
    make: (config) => tagger(config as TaggerConfig),
    numbers(config) {
      const { tags, crf = false } = config as TaggerConfig;
      return [...bothWaysNumbers(config as TaggerConfig), tags * (config as TaggerConfig).hidden, crf ? tags * tags : 0];
    },
    labels: ({ config }) => config.tags,
  },
  classifier: {
    make: (config) => classifier(config as ClassifierConfig),
    numbers: (config) => [...bothWaysNumbers(config as ClassifierConfig), (config as ClassifierConfig).classes * (config as ClassifierConfig).hidden],
    labels: ({ config }) => config.classes,
  },
  reader: {
    make: (config) => reader(config as ReaderConfig),
    numbers: (config) => bothWaysNumbers(config as ReaderConfig),
  },
  seq2seq: {
    make: (config) => seq2seq(config as Seq2seqConfig),
    numbers(config) {
      const own = config as Seq2seqConfig;
      const { sourceVocabulary, vocabulary, layers = 1 } = own;
      const [width, hidden = width] = own.kind === "transformer" ? [own.features, own.hidden] : [own.embedding, own.hidden];
      const square = own.kind === "transformer" ? width : hidden;
      return [sourceVocabulary * width, vocabulary * width, width * hidden, layers * square * square];
    },
  },
  captioner: {
    make: (config) => captioner(config as CaptionerConfig),
    numbers(config) {
      const { channels, convolutions, vocabulary, embedding, hidden } = config as CaptionerConfig;
      const maps = Array.isArray(convolutions) ? convolutions.map((size, i) => 16 * size * (convolutions[i - 1] ?? channels)) : [];
      return [...maps, vocabulary * embedding, vocabulary * hidden, embedding * hidden, hidden * hidden];
    },
  },
};

function bothWaysNumbers({ vocabulary, embedding, hidden, layers }: Pick<ReaderConfig, "vocabulary" | "embedding" | "hidden" | "layers">): number[] {
  return [vocabulary * embedding, embedding * hidden, layers * hidden * hidden];
}
