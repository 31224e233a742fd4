/** Adding it to a float64 and taking it away again leaves no place for a fraction. */
const ROUNDING = 1.5 * 2 ** 52;

/** A number of at most 2^51 in size rounded to a whole one, halves to the even one beside them, as IEEE 754 rounds. */
export function roundHalfToEven(value: number): number {
  return value + ROUNDING - ROUNDING;
}
