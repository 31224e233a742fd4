import { normalize } from "../normalize.ts";
import { rhymeOf } from "./rhyme-of.ts";
import { rhymeScheme } from "./rhyme-scheme.ts";
import { isVerseCharacter, type Phrase, type VersePattern } from "./verse-pattern.ts";

/** A tune (詞牌): what the songs of one name have in common. */
export type Tune = {
  readonly name: string;
  /** The pattern that most songs of this name have: lengths of lines, marks, and which lines rhyme. */
  readonly lines: VersePattern;
  /** Songs of this pattern. */
  readonly count: number;
  /** Songs of this name. */
  readonly songs: number;
};

/**
 * The tunes of a collection of songs: JSON lines of `{ cipai, author, lines }`, blank ones left out. For each name the commonest
 * pattern of line lengths and marks, which of its lines rhyme (where their last characters do in a third of its songs), and counts;
 * the tunes that most songs follow first. A name without a song of phrases and marks alone is left out.
 *
 * @throws {Error} for a line that is no such object, with its number.
 */
export function readTunes(text: string): Tune[] {
  const byName = new Map<string, Found>();
  for (const { cipai, lines } of songsOf(text)) {
    const found = byName.get(cipai) ?? { songs: 0, byPattern: new Map() };
    byName.set(cipai, found);
    found.songs++;
    const phrases = lines.map(phrasesOf);
    if (lines.length === 0 || phrases.includes(undefined)) continue;
    const pattern = JSON.stringify(phrases);
    const alike = found.byPattern.get(pattern);
    if (alike) alike.push(lines);
    else found.byPattern.set(pattern, [lines]);
  }
  const soundOf = remembered(rhymeOf({ by: "xinyun" }));
  const lastSound = (line: string) => soundOf([...line].findLast(isVerseCharacter) as string);
  const tunes = [...byName].flatMap(([name, { songs, byPattern }]): Tune[] => {
    const [best] = [...byPattern].toSorted(([, a], [, b]) => b.length - a.length);
    if (!best) return [];
    const [pattern, alike] = best;
    const scheme = rhymeScheme(alike.map((lines) => lines.map(lastSound)));
    const lines = (JSON.parse(pattern) as Phrase[][]).map((phrases, i) => ({ phrases, ...(scheme[i] && { rhyme: scheme[i] }) }));
    return [{ name, lines, count: alike.length, songs }];
  });
  return tunes.toSorted((a, b) => b.count - a.count);
}

/** The songs of one name: how many, and the lines of those that have a pattern. */
type Found = { songs: number; readonly byPattern: Map<string, string[][]> };

function songsOf(text: string): { cipai: string; lines: string[] }[] {
  return normalize(text)
    .split("\n")
    .flatMap((line, i) => {
      if (line.trim() === "") return [];
      const song = parse(line) as { cipai?: unknown; lines?: unknown } | null;
      if (typeof song?.cipai !== "string" || !Array.isArray(song.lines) || !song.lines.every((part) => typeof part === "string"))
        throw new Error(`readTunes: each line must be a JSON object { cipai, author, lines } with lines of text, but line ${i + 1} is ${line.slice(0, 40)}.`);
      return [{ cipai: song.cipai, lines: song.lines as string[] }];
    });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** The phrases of a line, if it begins with one. */
function phrasesOf(line: string): Phrase[] | undefined {
  if (!isVerseCharacter([...line][0] ?? "")) return undefined;
  return Array.from(line.matchAll(/([\p{L}\p{N}]+)([^\p{L}\p{N}]*)/gu), ([, characters = "", mark = ""]) => ({ length: [...characters].length, mark }));
}

/** The same function, asked once for each character. */
function remembered(f: (character: string) => string | undefined): typeof f {
  const known = new Map<string, string | undefined>();
  return (character) => {
    if (!known.has(character)) known.set(character, f(character));
    return known.get(character);
  };
}
