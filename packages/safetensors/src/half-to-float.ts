/** The number that an IEEE 754 binary16 stands for: `word` is its 16 bits. */
export function halfToFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1,
    exponent = (word >> 10) & 31,
    fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
