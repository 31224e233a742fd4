import { read, wideBytes, write } from "./lanes";
import { expFading4, expFalling4 } from "./math";
import { Part } from "./parallel";
import { countOf, firstOf, overLines, Range } from "./ranges";
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

/** A call; a part has some of the rows. */
@unmanaged
class Call extends Range {
  columns: i32;
  x: usize;
  scale: f32;
  out: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

// @ts-ignore: decorator
@inline
function shifted(wide: bool, x: usize, shift: v128, factor: v128): v128 {
  return f32x4.mul(f32x4.sub(read(wide, x), shift), factor);
}

function softmaxPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const columns = c.columns, width = (<usize>columns) << 2, wide = wideBytes(columns), factor = f32x4.splat(c.scale);
  const first = <usize>firstOf(c, index), end = first + <usize>countOf(c, index);
  for (let row = first; row < end; row++) {
    const x = c.x + row * width, out = c.out + row * width;
    const shift = f32x4.splat(largest(columns, x));
    let sums = f32x4.splat(0);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) {
      const e = expFading4(shifted(true, x + at, shift, factor));
      v128.store(out + at, e);
      sums = f32x4.add(sums, e);
    }
    let sum = horizontalSum(sums);
    for (; at < width; at += 4) {
      const e = expFading4(shifted(false, x + at, shift, factor));
      write(false, out + at, e);
      sum += f32x4.extract_lane(e, 0);
    }
    const total = f32x4.splat(1 / sum);
    for (at = 0; at < wide; at += VECTOR) v128.store(out + at, f32x4.mul(v128.load(out + at), total));
    for (; at < width; at += 4) write(false, out + at, f32x4.mul(read(false, out + at), total));
  }
}

function logSoftmaxPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const columns = c.columns, width = (<usize>columns) << 2, wide = wideBytes(columns), one = f32x4.splat(1);
  const first = <usize>firstOf(c, index), end = first + <usize>countOf(c, index);
  for (let row = first; row < end; row++) {
    const x = c.x + row * width, out = c.out + row * width, offset = largest(columns, x);
    const shift = f32x4.splat(offset), total = f32x4.splat(<f32>Math.log(sumExp(columns, x, offset, 1)));
    let at: usize = 0;
    for (; at < wide; at += VECTOR) v128.store(out + at, f32x4.sub(shifted(true, x + at, shift, one), total));
    for (; at < width; at += 4) write(false, out + at, f32x4.sub(shifted(false, x + at, shift, one), total));
  }
}

function overRows(part: Part, rows: i32, columns: i32, x: usize, scale: f32, out: usize): void {
  const c = changetype<Call>(CALL);
  c.columns = columns;
  c.x = x;
  c.scale = scale;
  c.out = out;
  overLines(part, CALL, rows, columns, 1);
}

/** Softmax of `scale` * x over each row of [rows, columns]; `scale` is 1 / temperature when sampling, else 1. `out` may be `x`. */
export function softmax(rows: i32, columns: i32, x: usize, scale: f32, out: usize): void {
  overRows(softmaxPart, rows, columns, x, scale, out);
}

/** Logarithm of the softmax over each row of [rows, columns]. */
export function logSoftmax(rows: i32, columns: i32, x: usize, out: usize): void {
  overRows(logSoftmaxPart, rows, columns, x, 1, out);
}
