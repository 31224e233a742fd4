/** How fast the slowest pair turns (Vaswani et al. 2017). */
export const BASE = 10_000;

/** The angle by which each pair of features turns at each position: [positions, features / 2], position pos and pair i at pos / base^(2 i / features). */
export function angles(positions: number, features: number, base: number, first = 0): Float64Array {
  const pairs = features / 2;
  return Float64Array.from({ length: positions * pairs }, (_, at) => (first + Math.floor(at / pairs)) / base ** ((2 * (at % pairs)) / features));
}

/** @throws {RangeError} unless the features are even. */
export function checkEven(what: string, features: number): void {
  if (!Number.isInteger(features / 2) || features < 2) throw new RangeError(`${what}: the features must be even, as they turn in pairs, but are ${features}.`);
}
