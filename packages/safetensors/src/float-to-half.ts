import { roundHalfToEven } from "./round-half-to-even.ts";

/** The 16 bits of the IEEE 754 binary16 nearest to a number, of two as near the even one; beyond 65504, from 65520 on, that is an infinity. */
export function floatToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0,
    size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundHalfToEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  // 1024 to 2048: the bit before the fraction adds itself to the exponent, and so does what is rounded up to the next power of two.
  return sign | (((exponent + 14) << 10) + roundHalfToEven(size * 2 ** (10 - exponent)));
}
