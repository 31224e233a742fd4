/** Characters that follow each other, and what ends them. */
export type Phrase = {
  /** How many characters: letters and numbers of any script. */
  readonly length: number;
  /**
   * The punctuation after them as it stands, "" for none. Where it is not given, which only the last phrase of a line may leave open,
   * one mark of punctuation or none may come.
   */
  readonly mark?: string;
};

/** A line of a verse; a line break follows it. Lines of one `rhyme`, a name of any kind, end in characters that rhyme. */
export type VerseLine = { readonly phrases: readonly Phrase[]; readonly rhyme?: string };

/** The lines of a verse, in their order. */
export type VersePattern = readonly VerseLine[];

/** Whether a code point counts as a character of a verse: a letter or a number, as against punctuation, spaces and line breaks. */
export function isVerseCharacter(character: string): boolean {
  return /^[\p{L}\p{N}]$/u.test(character);
}
