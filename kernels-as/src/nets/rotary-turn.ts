import { angles, BASE, checkEven } from "./angles.ts";

/**
 * `rotary` for plain arrays, one place at a time: turns in place the vectors of `size` features that an array holds one after the other.
 * For decoders that go token by token.
 *
 * @throws {RangeError} unless the size is even.
 */
export function rotaryTurn(size: number, { base = BASE }: { readonly base?: number } = {}): (vectors: Float32Array, place: number) => void {
  checkEven("rotaryTurn", size);
  return (vectors, place) => {
    const turned = angles(1, size, base, place);
    for (let start = 0; start < vectors.length; start += size) {
      turned.forEach((angle, pair) => {
        const at = start + 2 * pair;
        const [a, b] = [vectors[at] as number, vectors[at + 1] as number];
        vectors[at] = a * Math.cos(angle) - b * Math.sin(angle);
        vectors[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
      });
    }
  };
}
