import type { Phrase, VerseLine, VersePattern } from "./verse-pattern.ts";

/**
 * A pattern in one word: lines parted by "/", each the lengths of its phrases with the marks after them, and a Latin letter for its
 * rhyme if it has one: "7。a/7。a/7，7。a".
 */
export function writePattern(lines: VersePattern): string {
  return lines.map(({ phrases, rhyme = "" }) => phrases.map(({ length, mark = "" }) => `${length}${mark}`).join("") + rhyme).join("/");
}

/** The pattern that `writePattern` wrote. @throws {Error} when the text is none. */
export function readPattern(text: string): VerseLine[] {
  return text.split("/").map((line) => {
    const [, measures, rhyme] = /^((?:\d+[^\p{L}\p{N}]*)+)([a-z])?$/u.exec(line) ?? [];
    if (measures === undefined)
      throw new Error(`readPattern: ${JSON.stringify(line)} is no line of a pattern: lengths with their marks, then a letter for a rhyme.`);
    const phrases = Array.from(measures.matchAll(/(\d+)(\D*)/g), ([, length, mark]): Phrase => ({ length: Number(length), mark: mark as string }));
    return { phrases, ...(rhyme && { rhyme }) };
  });
}
