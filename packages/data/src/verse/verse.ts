import type { Tokenizer } from "../tokenizer.ts";
import { rhymeBook } from "./rhyme-book.ts";
import type { RhymeOptions } from "./rhyme-of.ts";
import type { VersePattern } from "./verse-pattern.ts";
import { fitting, verseProgress, type VerseProgress, wish } from "./verse-progress.ts";
import { rhymesWanted, type Slot, verseSlots } from "./verse-slots.ts";

/** The verse that is to be written. */
export type VerseOptions = {
  readonly tokenizer: Pick<Tokenizer, "size" | "decode">;
  readonly lines: VersePattern;
  /** What counts as a rhyme, for lines that have one. */
  readonly rhyme?: RhymeOptions;
  /** How many tokens of the text stand before the verse: a line mark that texts are opened with, say; 0 by default. */
  readonly before?: number;
};

/**
 * A filter for samplers (`@refrain/losses/sampling`) under which whatever is written has a pattern: lines of their lengths, marks and
 * line breaks where they belong and nowhere else, and line ends that rhyme, no character twice. What the text has already counts as
 * the verse's beginning. A rhyme is chosen by the first character of it, among those that the vocabulary has characters enough for.
 * Once the last line is broken, the filter changes nothing more.
 *
 * Only tokens of one character come. Put it first: filters that keep a few tokens must choose among those that may come.
 *
 * The filter throws an Error where the text so far does not follow the pattern, and where earlier filters left no token that may come.
 *
 * @throws {RangeError} when the pattern is wrong, or the vocabulary lacks a mark of it or rhymes enough.
 */
export function verse({ tokenizer, lines, rhyme = {}, before = 0 }: VerseOptions): (logits: Float32Array, previous: readonly number[]) => void {
  if (!Number.isInteger(before) || before < 0) throw new RangeError(`verse: before must be a whole number of at least 0, but is ${before}.`);
  const slots = verseSlots(lines);
  const texts = Array.from({ length: tokenizer.size }, (_, token) => [...tokenizer.decode([token])]);
  const single = texts.map((characters) => (characters.length === 1 ? characters[0] : undefined));
  checkMarks(slots, new Set(single));
  const rhyming = slots.some(({ kind }) => kind === "rhyme");
  const plan = { slots, book: rhymeBook(rhyming ? single.filter((character) => character !== undefined) : [], rhyme) };
  if (!plan.book.suffices(rhymesWanted(slots, 0)))
    throw new RangeError("verse: for each rhyme of the pattern the vocabulary must have as many characters that rhyme as there are lines, but it has fewer.");

  /** By token. What fits a slot without a rhyme does not depend on the text, and is looked up once. */
  const known = new Map<string, readonly boolean[]>();
  function tokensThatFit(slot: Slot, progress: VerseProgress): readonly boolean[] {
    const name = slot.kind === "mark" ? slot.mark : slot.kind;
    const same = known.get(name);
    if (same) return same;
    const fits = fitting(plan, progress);
    const found = single.map((character) => character !== undefined && fits(character));
    if (slot.kind !== "rhyme") known.set(name, found);
    return found;
  }

  return (logits, previous) => {
    if (logits.length !== tokenizer.size)
      throw new RangeError(`verse: there must be a logit for each of the ${tokenizer.size} tokens, but there are ${logits.length}.`);
    const text = previous.slice(before).flatMap((token) => texts[token] ?? []);
    const progress = verseProgress(plan, text);
    const slot = slots[progress.at];
    if (!slot) return;
    let remaining = 0;
    tokensThatFit(slot, progress).forEach((fits, token) => {
      if (!fits) logits[token] = Number.NEGATIVE_INFINITY;
      if (logits[token] !== Number.NEGATIVE_INFINITY) remaining++;
    });
    if (remaining === 0)
      throw new Error(`verse: line ${slot.line} wants ${wish(plan, progress)}, but no token that can be it remains. Put the verse before other filters.`);
  };
}

function checkMarks(slots: readonly Slot[], characters: ReadonlySet<string | undefined>): void {
  for (const slot of slots) {
    const mark = slot.kind === "mark" ? slot.mark : slot.kind === "choice" ? "\n" : undefined;
    if (mark !== undefined && !characters.has(mark))
      throw new RangeError(`verse: line ${slot.line} wants ${JSON.stringify(mark)}, which the vocabulary does not have.`);
  }
}
