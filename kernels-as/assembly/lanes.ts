import { LANES } from "./simd";

/*
 * Loops over numbers take four at a time and then one by one. The body is written once, with `wide` a constant that says which;
 * a narrow body computes the same number in every lane and stores one of them.
 */

/** Four numbers, or one in every lane. */
// @ts-ignore: decorator
@inline
export function read(wide: bool, from: usize): v128 {
  return wide ? v128.load(from) : v128.load32_splat(from);
}

/** Stores four numbers, or one. */
// @ts-ignore: decorator
@inline
export function write(wide: bool, to: usize, value: v128): void {
  if (wide) v128.store(to, value);
  else v128.store_lane<f32>(to, value, 0);
}

/** Bytes of `count` numbers. */
// @ts-ignore: decorator
@inline
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}

/** Bytes of those among `count` numbers that are taken four at a time. */
// @ts-ignore: decorator
@inline
export function wideBytes(count: i32): usize {
  return ((<usize>count) & ~(LANES - 1)) << 2;
}
