import { type CharTokenizer, charTokenizer, charVocabulary, splitCorpus, tokenCounts } from "@refrain/data";
import { frequentClasses } from "@refrain/losses";
import { readText } from "../files.ts";
import { UserError } from "../user-error.ts";
import { hashOf } from "./hash.ts";

/** A text that was read, with what tells it from others. */
export type CorpusText = {
  readonly path: string;
  readonly text: string;
  readonly hash: string;
};

/** A corpus, ready to train on. */
export type Corpus = CorpusText & {
  readonly tokenizer: CharTokenizer;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  /** How often each token comes in the part that trains. */
  readonly counts: Int32Array;
  /** The commonest tokens, which make up half of that part. */
  readonly frequent: readonly number[];
};

/** The text at a path, or the embedded lyrics for "default". @throws {UserError} when it cannot be read. */
export async function readCorpus(path: string): Promise<CorpusText> {
  const text = path === "default" ? (await import("@refrain/data/lyrics")).defaultLyrics : await readText(path);
  return { path, text, hash: hashOf(text) };
}

/** A text split and encoded. @throws {UserError} when it is shorter than a window. */
export function prepareCorpus(corpus: CorpusText, context: number): Corpus {
  const { path, text } = corpus;
  const tokenizer = charTokenizer(charVocabulary(text));
  const parts = splitCorpus(text);
  const train = tokenizer.encode(parts.train),
    validation = tokenizer.encode(parts.validation);
  if (train.length < context + 1 || validation.length < 2) {
    throw new UserError(
      `${path} is too short: nine tenths of it (${train.length} characters) must hold a window of ${context + 1}, and the rest (${validation.length}) at least 2. Use a longer text or a smaller --context.`,
    );
  }
  const counts = tokenCounts(train, tokenizer.size);
  return { ...corpus, tokenizer, train, validation, counts, frequent: frequentClasses(counts) };
}
