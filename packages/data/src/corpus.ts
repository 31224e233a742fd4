import { normalize } from "./normalize.ts";

/**
 * A corpus of songs: a sentence a line, a blank line between songs. The line mark is "\n", one character like the others, so that
 * losses per character compare with those of the literature.
 */
export type Corpus = {
  readonly train: string;
  readonly validation: string;
};

/**
 * Splits a text so that the last part, about `share` of the characters, validates. The cut is the song's start nearest to that
 * place, so that songs stay whole; a text of one song, or one without a blank line near enough, is cut at that very character.
 *
 * @throws {RangeError} unless 0 < share < 1.
 */
export function splitCorpus(text: string, share = 0.1): Corpus {
  if (!(share > 0 && share < 1)) throw new RangeError(`splitCorpus: the share must be between 0 and 1, but is ${share}.`);
  const characters = [...normalize(text)];
  const target = Math.floor(characters.length * (1 - share));
  const cut = nearestSongStart(characters, target, Math.floor((characters.length * share) / 2)) ?? target;
  return { train: characters.slice(0, cut).join(""), validation: characters.slice(cut).join("") };
}

function nearestSongStart(characters: readonly string[], target: number, reach: number): number | undefined {
  const startsSong = (at: number) => at > 1 && at < characters.length && characters[at - 1] === "\n" && characters[at - 2] === "\n" && characters[at] !== "\n";
  for (let distance = 0; distance <= reach; distance++) {
    if (startsSong(target - distance)) return target - distance;
    if (startsSong(target + distance)) return target + distance;
  }
  return undefined;
}

/** The lines of a text that are not blank. */
export function linesOf(text: string): string[] {
  return normalize(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
}
