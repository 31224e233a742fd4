/** A word of a text, and where it stands in it: the UTF-16 units from `start` up to `end`, as `slice` takes them. */
export type Word = { readonly text: string; readonly start: number; readonly end: number };

/**
 * Han characters one by one; runs of other letters, marks and digits; every other character that is not white space. Not Intl.Segmenter,
 * whose Chinese words differ from one release of its dictionary to the next: a saved model would read other words elsewhere.
 */
const WORD = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+|\S/gu;

/**
 * The words of a text with their places, so that a span of words is a span of the text: each Chinese character by itself, each
 * punctuation mark by itself, letters and digits that follow each other as one.
 */
export function splitWords(text: string): Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({ text: word, start: index, end: index + word.length }));
}
