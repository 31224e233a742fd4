import { charTokenizer, type CharTokenizer } from "./char-tokenizer.ts";
import { wordTokenizer, type WordTokenizer } from "./word-tokenizer.ts";

/**
 * The tokenizer whose `toJSON` gave this, as a saved model's metadata hold it.
 *
 * @throws {Error} when it is of another kind, or not what that kind's `toJSON` gives.
 */
export function restoreTokenizer(json: unknown): CharTokenizer | WordTokenizer {
  const { kind, characters, words, letters } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === "char" && typeof characters === "string") return charTokenizer([...characters]);
  if (kind === "word" && typeof words === "string" && (letters === undefined || letters === "lower"))
    return wordTokenizer(words === "" ? [] : words.split("\n"), { lowercase: letters === "lower" });
  throw new Error(
    `restoreTokenizer: this is not what a tokenizer of kind "char" or "word" gives as JSON: its kind is ${typeof kind === "object" ? "an object" : JSON.stringify(kind)}.`,
  );
}
