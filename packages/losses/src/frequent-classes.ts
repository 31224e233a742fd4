import { checkCounts } from "./check-counts.ts";

/**
 * The classes that come most often: the fewest whose counts make up `share` of all, commonest first (the lower class first where counts
 * are alike). With the default, every other label of the corpus is one of them; the rest are what the frequent ones drown.
 *
 * @param counts [classes]: how often each class comes in a corpus
 * @throws {RangeError} unless 0 < share < 1, and the counts are numbers of 0 or more that are not all 0.
 */
export function frequentClasses(counts: ArrayLike<number>, share = 0.5): number[] {
  if (!(share > 0 && share < 1)) throw new RangeError(`frequentClasses: the share must be between 0 and 1, but is ${share}.`);
  const byClass = Array.from(counts);
  const wanted = share * checkCounts("frequentClasses", byClass);
  const ordered = [...byClass.keys()].toSorted((a, b) => (byClass[b] as number) - (byClass[a] as number) || a - b);
  const frequent: number[] = [];
  let reached = 0;
  for (const index of ordered) {
    if (reached >= wanted) break;
    frequent.push(index);
    reached += byClass[index] as number;
  }
  return frequent;
}
