/** The sum of counts [classes]. @throws {RangeError} unless they are numbers of 0 or more that are not all 0. */
export function checkCounts(who: string, counts: readonly number[]): number {
  const wrong = counts.findIndex((count) => !(count >= 0 && count < Number.POSITIVE_INFINITY));
  if (wrong >= 0) throw new RangeError(`${who}: counts must be numbers of 0 or more, but that of class ${wrong} is ${counts[wrong]}.`);
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) throw new RangeError(`${who}: no class comes even once. Give the counts of the corpus that trains.`);
  return all;
}
