import type { Word } from "./split-words.ts";

/** Words from the first to the last, both included, by their places in the list. */
export type WordSpan = { readonly first: number; readonly last: number };

/**
 * The words that a part of a text touches, from `start` up to `end` in UTF-16 units; undefined where it touches none.
 *
 * @param words in the order of the text, as `splitWords` gives them
 */
export function spanOfWords(words: readonly Word[], start: number, end: number): WordSpan | undefined {
  const touches = (word: Word) => word.start < end && word.end > start;
  const first = words.findIndex(touches);
  return first < 0 ? undefined : { first, last: words.findLastIndex(touches) };
}
