import { normalize } from "./normalize.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A tokenizer of single characters. */
export type CharTokenizer = Tokenizer & {
  readonly kind: "char";
  /** The characters, in the order of their tokens 1, 2, …; token 0 is the unknown mark. */
  readonly characters: readonly string[];
  /** The different characters of a text that the vocabulary lacks, in the order they come. */
  missing(text: string): string[];
};

const UNKNOWN = 0;
/** What an unknown character is shown as: Unicode's replacement character. */
const UNKNOWN_MARK = "\uFFFD";

/**
 * A tokenizer whose tokens are Unicode code points (not UTF-16 units), of text in Normalization Form C.
 *
 * @throws {Error} when a character is not one code point, or comes twice.
 */
export function charTokenizer(characters: readonly string[]): CharTokenizer {
  const tokens = new Map(characters.map((character, i) => [character, i + 1]));
  const wrong = characters.find((character) => [...character].length !== 1);
  if (wrong !== undefined) throw new Error(`charTokenizer: ${JSON.stringify(wrong)} is not one character.`);
  if (tokens.size !== characters.length) throw new Error("charTokenizer: a character comes twice in the vocabulary.");
  return {
    kind: "char",
    characters,
    size: characters.length + 1,
    unknown: UNKNOWN,
    encode: (text) => Int32Array.from([...normalize(text)], (character) => tokens.get(character) ?? UNKNOWN),
    decode: (encoded) => Array.from(encoded, (token) => characters[token - 1] ?? UNKNOWN_MARK).join(""),
    missing: (text) => [...new Set(normalize(text))].filter((character) => !tokens.has(character)),
    toJSON: () => ({ kind: "char", characters: characters.join("") }),
  };
}

/** The vocabulary of a text: its characters by code point, without those that come fewer than `minCount` times. */
export function charVocabulary(text: string, minCount = 1): string[] {
  const counts = new Map<string, number>();
  for (const character of normalize(text)) counts.set(character, (counts.get(character) ?? 0) + 1);
  const kept = [...counts].filter(([, count]) => count >= minCount).map(([character]) => character);
  return kept.toSorted((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
}
