import { isVerseCharacter, type VersePattern } from "./verse-pattern.ts";

/**
 * What a verse wants next: a character, one that takes part in a rhyme, a certain mark ("\n" at a line's end), or the choice of one
 * mark of punctuation or none. `line` counts from 1.
 */
export type Slot =
  | { readonly kind: "character"; readonly line: number }
  | { readonly kind: "rhyme"; readonly line: number; readonly name: string }
  | { readonly kind: "mark"; readonly line: number; readonly mark: string }
  | { readonly kind: "choice"; readonly line: number };

/** A pattern, character by character. @throws {RangeError} when a line has no phrase, a length is not whole and positive, or a mark is none. */
export function verseSlots(lines: VersePattern): Slot[] {
  if (lines.length === 0) throw new RangeError("verse: the pattern must have at least one line, but has none.");
  return lines.flatMap(({ phrases, rhyme }, at) => {
    const line = at + 1;
    const slots: Slot[] = phrases.flatMap(({ length, mark }, i) => {
      checkPhrase(line, length, mark, i === phrases.length - 1);
      const characters = Array.from({ length }, (): Slot => ({ kind: "character", line }));
      const marks: Slot[] = mark === undefined ? [{ kind: "choice", line }] : Array.from(mark, (character) => ({ kind: "mark", line, mark: character }));
      return [...characters, ...marks];
    });
    if (slots.length === 0) throw new RangeError(`verse: line ${line} of the pattern must have at least one phrase, but has none.`);
    const last = slots.findLastIndex(({ kind }) => kind === "character");
    return [...slots, { kind: "mark" as const, line, mark: "\n" }].map((slot, i) =>
      i === last && rhyme !== undefined ? { kind: "rhyme", line, name: rhyme } : slot,
    );
  });
}

function checkPhrase(line: number, length: number, mark: string | undefined, last: boolean): void {
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`verse: a phrase must have a whole number of characters of at least 1, but one of line ${line} has ${length}.`);
  if (mark === undefined && !last)
    throw new RangeError(`verse: only the last phrase of a line may leave its mark open, but one before it does in line ${line}.`);
  const wrong = [...(mark ?? "")].find((character) => isVerseCharacter(character) || character === "\n");
  if (wrong !== undefined) throw new RangeError(`verse: what ends a phrase must be punctuation, but in line ${line} there is ${JSON.stringify(wrong)}.`);
}

/** How many characters each rhyme wants from a slot on. */
export function rhymesWanted(slots: readonly Slot[], from: number): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const slot of slots.slice(from)) if (slot.kind === "rhyme") wanted.set(slot.name, (wanted.get(slot.name) ?? 0) + 1);
  return wanted;
}
