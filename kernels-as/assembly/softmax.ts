import { read, wideBytes, write } from "./lanes";
import { exp4, expFalling4 } from "./math";
import { largest } from "./reduce";
import { horizontalSum, VECTOR } from "./simd";

/** The sum of exp((x - offset) * scale) over `count` numbers. */
export function sumExp(count: i32, x: usize, offset: f32, scale: f32): f32 {
  const shift = f32x4.splat(offset), factor = f32x4.splat(scale);
  let sum = f32x4.splat(0);
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  for (; x < wide; x += VECTOR) sum = f32x4.add(sum, expFalling4(f32x4.mul(f32x4.sub(v128.load(x), shift), factor)));
  let total = horizontalSum(sum);
  for (; x < end; x += 4) total += f32x4.extract_lane(expFalling4(f32x4.mul(f32x4.sub(v128.load32_splat(x), shift), factor)), 0);
  return total;
}

// @ts-ignore: decorator
@inline
function normalise(wide: bool, log: bool, x: usize, shift: v128, factor: v128, total: v128, out: usize): void {
  const z = f32x4.mul(f32x4.sub(read(wide, x), shift), factor);
  write(wide, out, log ? f32x4.sub(z, total) : f32x4.mul(exp4(z), total));
}

// @ts-ignore: decorator
@inline
function eachRow(log: bool, rows: i32, columns: i32, x: usize, scale: f32, out: usize): void {
  const width = (<usize>columns) << 2, wide = wideBytes(columns);
  for (let row = 0; row < rows; row++) {
    const offset = largest(columns, x);
    const sum = sumExp(columns, x, offset, scale);
    const total = f32x4.splat(log ? <f32>Math.log(sum) : 1 / sum);
    const shift = f32x4.splat(offset), factor = f32x4.splat(scale);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) normalise(true, log, x + at, shift, factor, total, out + at);
    for (; at < width; at += 4) normalise(false, log, x + at, shift, factor, total, out + at);
    x += width;
    out += width;
  }
}

/** Softmax of `scale` * x over each row of [rows, columns]; `scale` is 1 / temperature when sampling, else 1. `out` may be `x`. */
export function softmax(rows: i32, columns: i32, x: usize, scale: f32, out: usize): void {
  eachRow(false, rows, columns, x, scale, out);
}

/** Logarithm of the softmax over each row of [rows, columns]. */
export function logSoftmax(rows: i32, columns: i32, x: usize, out: usize): void {
  eachRow(true, rows, columns, x, 1, out);
}
