import type { CharTokenizer } from "@refrain/data";
import type { VersePattern } from "@refrain/data/verse";
import type { Filter } from "@refrain/losses/sampling";
import { readSongs } from "../files.ts";
import { UserError } from "../user-error.ts";
import type { WriteValues } from "./write-options.ts";

/** A rule that gives what is written its pattern, and how many lines that has. */
export type Verse = { readonly rule: Filter; readonly lines: number };

/**
 * The verse that the options ask for, if they do. `start` is what the first line starts with, after a line mark.
 * @throws {UserError} when there is no such tune, the start does not fit it, or the model lacks the characters for it.
 */
export async function verseOf(values: WriteValues, tokenizer: CharTokenizer, start: string): Promise<Verse | undefined> {
  const { tune, tunes, rhyme, "rhyme-by": by, "line-length": length, lines } = values;
  if (tune === undefined && length === undefined) return undefined;
  // Only now: the sounds of all characters take a moment to load.
  const { readTunes, tuneOf, verse } = await import("@refrain/data/verse");
  const songs = tunes === undefined ? undefined : await readSongs(tunes);
  const known = songs === undefined ? undefined : attempt(1, () => readTunes(songs));
  const pattern: VersePattern =
    length === undefined
      ? attempt(2, () => tuneOf(tune as string, known)).lines
      : Array.from({ length: lines }, () => ({ phrases: [{ length }], rhyme: "all" }));
  const wanted = rhyme ? pattern : pattern.map(({ phrases }) => ({ phrases }));
  const rule = attempt(1, () => verse({ tokenizer, lines: wanted, rhyme: { by }, before: 1 }));
  attempt(2, () => rule(new Float32Array(tokenizer.size), [...tokenizer.encode(`\n${start}`)]), "--start does not fit. ");
  return { rule, lines: pattern.length };
}

/** Turns a failure into one that the user can mend. */
function attempt<T>(exitCode: 1 | 2, make: () => T, before = ""): T {
  try {
    return make();
  } catch (error) {
    throw new UserError(before + (error as Error).message, exitCode);
  }
}
