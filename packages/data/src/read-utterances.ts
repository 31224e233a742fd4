import { normalize } from "./normalize.ts";

/** What somebody said to a machine, what they want of it, and what their words tell it: `slots` has a BIO tag for each word. */
export type Utterance = { readonly intent: string; readonly words: readonly string[]; readonly slots: readonly string[] };

const HEAD = "intent\ttext\tbio";

/**
 * Reads utterances from a table of the columns intent, text and bio, parted by tabs, its head the first line; words and their tags (O, B-city,
 * I-city; Ramshaw and Marcus 1995) are parted by single spaces. Blank lines are skipped.
 *
 * @throws {Error} when the head is another, or a line does not have the three columns with one tag for each word.
 */
export function readUtterances(tsv: string): Utterance[] {
  const [head, ...lines] = normalize(tsv).split("\n");
  if (head !== HEAD) throw new Error(`readUtterances: the first line must be ${JSON.stringify(HEAD)}, but is ${JSON.stringify(head)}.`);
  return lines.flatMap((line, i) => {
    if (line === "") return [];
    const [intent = "", text = "", bio = "", ...more] = line.split("\t");
    if (!intent || !text || !bio || more.length > 0)
      throw new Error(`readUtterances: each line must have an intent, a text and tags, parted by tabs, but line ${i + 2} is ${JSON.stringify(line)}.`);
    const [words, slots] = [text.split(" "), bio.split(" ")];
    if (words.length !== slots.length)
      throw new Error(`readUtterances: there must be one tag for each word, but line ${i + 2} has ${words.length} words and ${slots.length} tags.`);
    return [{ intent, words, slots }];
  });
}
