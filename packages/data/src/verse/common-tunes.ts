import { COMMON_TUNES } from "./common-tunes-table.ts";
import type { Tune } from "./read-tunes.ts";
import { readPattern } from "./tune-notation.ts";

/** The tunes that most songs of the Song dynasty follow, the commonest first: what `readTunes` finds in the whole collection (全宋詞). */
export function commonTunes(): Tune[] {
  return COMMON_TUNES.trim()
    .split("\n")
    .map((row) => {
      const [name, pattern, count, songs] = row.split(" ") as [string, string, string, string];
      return { name, lines: readPattern(pattern), count: Number(count), songs: Number(songs) };
    });
}
