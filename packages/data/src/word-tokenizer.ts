import { normalize } from "./normalize.ts";
import { splitWords } from "./split-words.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How words are told apart. */
export type WordOptions = {
  /** Whether large letters are read as small ones; they are told apart by default. */
  readonly lowercase?: boolean;
};

/** `decode` puts a space between words, so that it gives back the words of a text, not its spaces. */
export type WordTokenizer = Tokenizer & {
  readonly kind: "word";
  /** The words, in the order of their tokens 1, 2, …; token 0 is the unknown mark. */
  readonly words: readonly string[];
  /** The tokens of words that are told apart already, as those of a tagged corpus: one for each. */
  encodeWords(words: Iterable<string>): Int32Array;
  /** The different words of a text that the vocabulary lacks, in the order they come. */
  missing(text: string): string[];
};

const UNKNOWN = 0;
/** What an unknown word is shown as: Unicode's replacement character. */
const UNKNOWN_MARK = "\uFFFD";

/**
 * A tokenizer whose tokens are words, in Normalization Form C. `encode` tells them apart as `splitWords` does.
 *
 * @throws {Error} when a word is empty, has a line break, comes twice, or is not in the form that texts are read in.
 */
export function wordTokenizer(words: readonly string[], { lowercase = false }: WordOptions = {}): WordTokenizer {
  const read = formOf(lowercase);
  const tokens = new Map(words.map((word, i) => [word, i + 1]));
  const wrong = words.find((word) => word === "" || word.includes("\n") || read(word) !== word);
  if (wrong !== undefined)
    throw new Error(
      `wordTokenizer: ${JSON.stringify(wrong)} is no word of a vocabulary: it must not be empty, have no line break, and be ${lowercase ? "in small letters and " : ""}in Normalization Form C. wordVocabulary gives such words.`,
    );
  if (tokens.size !== words.length) throw new Error("wordTokenizer: a word comes twice in the vocabulary.");
  const encodeWords = (given: Iterable<string>) => Int32Array.from([...given], (word) => tokens.get(read(word)) ?? UNKNOWN);
  const wordsOf = (text: string) => splitWords(normalize(text)).map((word) => word.text);
  return {
    kind: "word",
    words,
    size: words.length + 1,
    unknown: UNKNOWN,
    encode: (text) => encodeWords(wordsOf(text)),
    encodeWords,
    decode: (encoded) => Array.from(encoded, (token) => words[token - 1] ?? UNKNOWN_MARK).join(" "),
    missing: (text) => [...new Set(wordsOf(text).map(read))].filter((word) => !tokens.has(word)),
    toJSON: () => ({ kind: "word", words: words.join("\n"), ...(lowercase && { letters: "lower" }) }),
  };
}

/** The different words among those given, in the order of their UTF-16 units, without those that come fewer than `minCount` times. */
export function wordVocabulary(words: Iterable<string>, { minCount = 1, lowercase = false }: WordOptions & { readonly minCount?: number } = {}): string[] {
  const read = formOf(lowercase);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(read(word), (counts.get(read(word)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= minCount)
    .map(([word]) => word)
    .toSorted();
}

/** The form in which words are looked up. */
function formOf(lowercase: boolean): (word: string) => string {
  return lowercase ? (word) => normalize(normalize(word).toLowerCase()) : normalize;
}
