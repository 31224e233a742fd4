export { commonTunes } from "./common-tunes.ts";
export { readTunes, type Tune } from "./read-tunes.ts";
export { rhymeOf, type RhymeOptions } from "./rhyme-of.ts";
export { tuneOf } from "./tune-of.ts";
export { verse, type VerseOptions } from "./verse.ts";
export type { Phrase, VerseLine, VersePattern } from "./verse-pattern.ts";
