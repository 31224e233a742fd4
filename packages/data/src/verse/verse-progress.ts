import type { RhymeBook, Rhymed } from "./rhyme-book.ts";
import { isVerseCharacter } from "./verse-pattern.ts";
import { rhymesWanted, type Slot } from "./verse-slots.ts";

/** What a verse is made by: its slots, and the rhymes of the vocabulary. */
export type VersePlan = { readonly slots: readonly Slot[]; readonly book: RhymeBook };

/** Where a verse is: the place of its next slot, and what rhymed so far. */
export type VerseProgress = Rhymed & { readonly at: number };

const PUNCTUATION = /^\p{Po}$/u;

/** Where a text leads; what follows a whole verse is not looked at. @throws {Error} where the text leaves the pattern. */
export function verseProgress(plan: VersePlan, text: readonly string[]): VerseProgress {
  const chosen = new Map<string, string>(),
    used = new Set<string>();
  let at = 0;
  for (const [i, character] of text.entries()) {
    const slot = plan.slots[at];
    if (!slot) break;
    if (!fitting(plan, { at, chosen, used })(character))
      throw new Error(
        `verse: line ${slot.line} wants ${wish(plan, { at, chosen, used })}, but character ${i + 1} of the text is ${JSON.stringify(character)}.`,
      );
    if (slot.kind === "rhyme") {
      chosen.set(slot.name, plan.book.rhymeOf(character) as string);
      used.add(character);
    }
    // A line break where a mark might have come ends the line.
    at += slot.kind === "choice" && character === "\n" ? 2 : 1;
  }
  return { at, chosen, used };
}

/** Tells which characters can come next, in a verse that is not complete. */
export function fitting({ slots, book }: VersePlan, { at, ...rhymed }: VerseProgress): (character: string) => boolean {
  const slot = slots[at] as Slot;
  if (slot.kind === "character") return isVerseCharacter;
  if (slot.kind === "mark") return (character) => character === slot.mark;
  if (slot.kind === "choice") return (character) => character === "\n" || PUNCTUATION.test(character);
  const chosen = rhymed.chosen.get(slot.name);
  const open = new Map<string, boolean>();
  return (character) => {
    const rhyme = book.rhymeOf(character);
    if (rhyme === undefined || rhymed.used.has(character)) return false;
    if (chosen !== undefined) return rhyme === chosen;
    if (!open.has(rhyme)) open.set(rhyme, book.canOpen(rhyme, slot.name, rhymesWanted(slots, at), rhymed));
    return open.get(rhyme) as boolean;
  };
}

/** What can come next, in words. */
export function wish({ slots }: VersePlan, { at, chosen, used }: VerseProgress): string {
  const slot = slots[at] as Slot;
  if (slot.kind === "character") return "a character";
  if (slot.kind === "mark") return slot.mark === "\n" ? "a line break" : `「${slot.mark}」`;
  if (slot.kind === "choice") return "a mark of punctuation or a line break";
  const not = used.size > 0 ? ` and is none of ${[...used].map((character) => `「${character}」`).join("")}` : "";
  return chosen.has(slot.name) ? `a character that rhymes with the lines before${not}` : `a character of whose rhyme the vocabulary has enough${not}`;
}
