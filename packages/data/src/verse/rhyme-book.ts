import { type RhymeOptions, rhymeOf } from "./rhyme-of.ts";

/** What a verse has rhymed so far: the rhyme that each name was given, and the characters that have stood in one. */
export type Rhymed = { readonly chosen: ReadonlyMap<string, string>; readonly used: ReadonlySet<string> };

/** The rhymes of a vocabulary. */
export type RhymeBook = {
  /** The rhyme of a character of the vocabulary. */
  rhymeOf(character: string): string | undefined;
  /**
   * Whether this rhyme can be given to `name`, so that all lines of it, and whatever else the verse wants, still find characters that
   * were not used. `wanted` are the characters that each name wants from here on.
   */
  canOpen(rhyme: string, name: string, wanted: ReadonlyMap<string, number>, rhymed: Rhymed): boolean;
  /** Whether there are characters enough for a whole verse. */
  suffices(wanted: ReadonlyMap<string, number>): boolean;
};

export function rhymeBook(characters: Iterable<string>, options: RhymeOptions): RhymeBook {
  const find = rhymeOf(options);
  const rhymes = new Map<string, string>();
  const supply = new Map<string, number>();
  for (const character of new Set(characters)) {
    const rhyme = find(character);
    if (rhyme === undefined) continue;
    rhymes.set(character, rhyme);
    supply.set(rhyme, (supply.get(rhyme) ?? 0) + 1);
  }

  /** Characters of each rhyme that are free, less those kept for names that have it. */
  function roomLeft(wanted: ReadonlyMap<string, number>, { chosen, used }: Rhymed): Map<string, number> {
    const room = new Map(supply);
    const take = (rhyme: string, count: number) => room.set(rhyme, (room.get(rhyme) ?? 0) - count);
    for (const character of used) take(rhymes.get(character) as string, 1);
    for (const [name, rhyme] of chosen) take(rhyme, wanted.get(name) ?? 0);
    return room;
  }
  const openNeeds = (wanted: ReadonlyMap<string, number>, chosen: ReadonlyMap<string, string>) =>
    [...wanted].filter(([name]) => !chosen.has(name)).map(([, count]) => count);

  return {
    rhymeOf: (character) => rhymes.get(character),
    canOpen(rhyme, name, wanted, { chosen, used }) {
      const opened = new Map([...chosen, [name, rhyme]]);
      const room = roomLeft(wanted, { chosen: opened, used });
      return (room.get(rhyme) ?? -1) >= 0 && fits(openNeeds(wanted, opened), [...room.values()]);
    },
    suffices: (wanted) => fits([...wanted.values()], [...supply.values()]),
  };
}

/** Whether each need finds room of its own; several may share one. */
function fits(needs: readonly number[], rooms: readonly number[]): boolean {
  const [need, ...others] = needs.toSorted((a, b) => b - a);
  if (need === undefined) return true;
  const sorted = rooms.toSorted((a, b) => b - a);
  // Rooms of one size are alike.
  return sorted.some((room, i) => room >= need && room !== sorted[i - 1] && fits(others, sorted.with(i, room - need)));
}
