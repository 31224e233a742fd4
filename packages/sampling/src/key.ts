import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** The seed of a stream of random numbers, as a value: the same key gives the same numbers, always. Saves as JSON. */
export type Key = readonly [number, number, number, number];

/** A key from a seed. @throws {RangeError} unless the seed is a whole number from -2^31 to 2^32 - 1. */
export function key(seed: number): Key {
  if (!Number.isInteger(seed) || seed < -(2 ** 31) || seed >= 2 ** 32) {
    throw new RangeError(`key(${seed}): a seed is a whole number from -2147483648 to 4294967295.`);
  }
  // Scrambled: from small seeds as they are, a generator's first numbers would all be close to 1.
  return foldIn([seed | 0, 0, 0, 0], 0);
}

/** The key of the `index`-th child: children of one key differ from each other and from it. Use each child once. */
export function foldIn([a, b, c, d]: Key, index: number): Key {
  // Each word stirs the next, round and round: one to one for each index, and every bit of the child hangs on every bit of the parent.
  for (let round = 0; round < 3; round++) {
    a = scramble((a ^ d) + Math.imul(index + 1, 0x9e3779b1) + round);
    b = scramble(b + a);
    c = scramble(c ^ b);
    d = scramble(d + c);
  }
  return (a | b | c | d) === 0 ? [1, 0, 0, 0] : [a, b, c, d];
}

/** The first `count` children of a key. */
export function split(parent: Key, count = 2): Key[] {
  return Array.from({ length: count }, (_, index) => foldIn(parent, index));
}

/** `length` numbers drawn uniformly from low to high; where float32 must round, high itself may come. */
export function uniform(key: Key, length: number, low = 0, high = 1): Float32Array<ArrayBuffer> {
  const random = generator(key);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = low + (high - low) * random();
  return values;
}

/** `length` numbers drawn from a normal distribution (Box and Muller 1958). */
export function normal(key: Key, length: number, mean = 0, deviation = 1): Float32Array<ArrayBuffer> {
  const random = generator(key);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = mean + radius * Math.cos(angle);
    if (i + 1 < length) values[i + 1] = mean + radius * Math.sin(angle);
  }
  return values;
}

/** An endless stream of numbers in [0, 1), each of 24 random bits, so that float32 holds it exactly and never rounds it to 1. */
export function generator(key: Key): () => number {
  const random = xoroshiro128plusFromState(key);
  return () => (random.next() >>> 8) / 2 ** 24;
}

/** Mixes the bits of a 32-bit word, one to one (the finalizer of MurmurHash3, Appleby 2011). */
function scramble(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
