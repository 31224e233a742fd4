import { type CharTokenizer, charTokenizer, charVocabulary, splitCorpus } from "@refrain/data";
import { readText } from "../files.ts";
import { UserError } from "../user-error.ts";
import { hashOf } from "./hash.ts";

/** A corpus, ready to train on. */
export type Corpus = {
  readonly path: string;
  readonly text: string;
  readonly hash: string;
  readonly tokenizer: CharTokenizer;
  readonly train: Int32Array;
  readonly validation: Int32Array;
};

/** The corpus at a path, or the embedded one for "default". @throws {UserError} when it cannot be read or is shorter than a window. */
export async function loadCorpus(path: string, context: number): Promise<Corpus> {
  const text = path === "default" ? (await import("@refrain/data/lyrics")).defaultLyrics : await readText(path);
  const tokenizer = charTokenizer(charVocabulary(text));
  const parts = splitCorpus(text);
  const train = tokenizer.encode(parts.train),
    validation = tokenizer.encode(parts.validation);
  if (train.length < context + 1 || validation.length < 2) {
    throw new UserError(
      `${path} is too short: nine tenths of it (${train.length} characters) must hold a window of ${context + 1}, and the rest (${validation.length}) at least 2. Use a longer text or a smaller --context.`,
    );
  }
  return { path, text, hash: hashOf(text), tokenizer, train, validation };
}
