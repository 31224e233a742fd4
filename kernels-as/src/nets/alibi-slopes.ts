/**
 * How fast what is far away fades, a slope for each head (ALiBi, Press et al. 2022): 2^(-8/n), 2^(-16/n), .. for n heads, n a power of two; for
 * others, those of the next lower power and every second of the next higher.
 */
export function alibiSlopes(heads: number): number[] {
  const geometric = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const lower = 2 ** Math.floor(Math.log2(heads));
  const between = geometric(2 * lower).filter((_, i) => i % 2 === 0);
  return [...geometric(lower), ...between].slice(0, heads);
}
