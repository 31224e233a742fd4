/** @throws {RangeError} unless 0 <= rate < 1. */
export function checkRate(asker: string, name: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`${asker}: ${name} must be at least 0 and under 1, but is ${rate}.`);
}
