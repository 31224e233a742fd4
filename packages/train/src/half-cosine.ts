/** From one number to another along half a cosine, as `share` goes from 0 to 1. */
export function halfCosine(from: number, to: number, share: number): number {
  return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * share));
}
