import { commonTunes } from "./common-tunes.ts";
import type { Tune } from "./read-tunes.ts";

/** What parts the names of a tune that has several. */
const BETWEEN_NAMES = "・";

/**
 * The tune of a name, or of one of its names (憶江南 finds 望江南・憶江南; of several, the commonest). Looks among the common tunes unless
 * others are given.
 *
 * @throws {Error} where there is none, with the names nearest to it.
 */
export function tuneOf(name: string, tunes: readonly Tune[] = commonTunes()): Tune {
  const wanted = name.normalize("NFC").trim();
  const found = tunes.find((tune) => tune.name === wanted) ?? tunes.find((tune) => tune.name.split(BETWEEN_NAMES).includes(wanted));
  if (found) return found;
  const near = nearest(
    wanted,
    tunes.map((tune) => tune.name),
  );
  const hint = near.length > 0 ? ` Did you mean ${near.map((other) => `「${other}」`).join(", ")}?` : "";
  throw new Error(`tuneOf: there is no tune 「${wanted}」 among the ${tunes.length} that are known.${hint}`);
}

/** Up to three names that share the largest part of their characters with this one. */
function nearest(wanted: string, names: readonly string[]): string[] {
  const characters = new Set(wanted);
  const likeness = (name: string) => {
    const others = new Set(name);
    const shared = [...others].filter((character) => characters.has(character)).length;
    return shared / (characters.size + others.size - shared);
  };
  return names
    .map((name) => ({ name, likeness: likeness(name) }))
    .filter((other) => other.likeness > 0)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map((other) => other.name);
}
