import { linesOf } from "./corpus.ts";

/** A text and what is made of it: a sentence and its translation, a poem and its title. */
export type Pair = { readonly source: string; readonly target: string };

/** Which columns of a table hold the two sides of a pair. */
export type PairColumns = {
  /** The column of the sources: its place, counted from 0, or its name in the file's first line. The first column by default. */
  readonly source?: number | string;
  /** The column of the targets, likewise; the second by default. */
  readonly target?: number | string;
};

/**
 * The pairs of a file of tab-separated columns, a pair a line. Where a column is named, the first line has the names; else it is a pair
 * like the others. Blank lines are none.
 *
 * @throws {RangeError} when there is no such column, in the file or in a line.
 */
export function readPairs(tsv: string, { source = 0, target = 1 }: PairColumns = {}): Pair[] {
  const [head = [], ...rest] = linesOf(tsv).map((line) => line.split("\t"));
  const named = typeof source === "string" || typeof target === "string";
  const placeOf = (column: number | string): number => {
    const place = typeof column === "string" ? head.indexOf(column) : column;
    if (!Number.isInteger(place) || place < 0)
      throw new RangeError(
        typeof column === "string"
          ? `readPairs: there is no column ${JSON.stringify(column)}; the first line names ${head.map((name) => JSON.stringify(name)).join(", ")}.`
          : `readPairs: a column is a whole number of at least 0, or a name, but is ${column}.`,
      );
    return place;
  };
  const places = [placeOf(source), placeOf(target)] as const;
  return (named ? rest : [head, ...rest]).filter((fields) => fields.length > 0).map((fields, line) => pairOf(fields, places, line));
}

function pairOf(fields: readonly string[], [sourcePlace, targetPlace]: readonly [number, number], line: number): Pair {
  const [source, target] = [fields[sourcePlace], fields[targetPlace]];
  if (source === undefined || target === undefined)
    throw new RangeError(
      `readPairs: every line must have ${Math.max(sourcePlace, targetPlace) + 1} columns, parted by tabs, but pair ${line + 1} has ${fields.length}: ${JSON.stringify(fields.join("\t").slice(0, 60))}.`,
    );
  return { source, target };
}
