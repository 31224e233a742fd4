import { normalize } from "./normalize.ts";

/** A sentence whose words each have a tag: as many of one as of the other. */
export type TaggedSentence = { readonly words: readonly string[]; readonly tags: readonly string[] };

/**
 * Reads a tagged corpus: a sentence a line, its words with their tags parted by spaces, "the/DET cat/NOUN". A tag begins after the last
 * slash, so that words may have slashes. Blank lines are skipped.
 *
 * @throws {Error} when a word has no tag, or a tag no word.
 */
export function readTagged(text: string): TaggedSentence[] {
  return normalize(text)
    .split("\n")
    .flatMap((line, i) => {
      const items = line.split(" ").filter((item) => item !== "");
      if (items.length === 0) return [];
      const pairs = items.map((item) => {
        const slash = item.lastIndexOf("/");
        if (slash < 1 || slash === item.length - 1)
          throw new Error(`readTagged: each word must stand with its tag, as in "cat/NOUN", but line ${i + 1} has ${JSON.stringify(item)}.`);
        return [item.slice(0, slash), item.slice(slash + 1)] as const;
      });
      return [{ words: pairs.map(([word]) => word), tags: pairs.map(([, tag]) => tag) }];
    });
}
