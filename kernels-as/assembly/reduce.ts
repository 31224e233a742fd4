import { wideBytes } from "./lanes";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { horizontalMax, horizontalSum, madd, VECTOR } from "./simd";

/** Numbers that are summed in f32 before their sum joins an f64 total: long sums keep their last digits. */
const BLOCK: i32 = 4096;

// @ts-ignore: decorator
@inline
function sumBlocks(squared: bool, count: i32, x: usize): f64 {
  let total: f64 = 0;
  for (let start = 0; start < count; start += BLOCK) {
    const size = min(BLOCK, count - start);
    const end = x + ((<usize>size) << 2), wide = x + wideBytes(size);
    let s0 = f32x4.splat(0), s1 = s0;
    for (; x + VECTOR < wide; x += 2 * VECTOR) {
      const a = v128.load(x), b = v128.load(x, 16);
      s0 = squared ? madd(a, a, s0) : f32x4.add(s0, a);
      s1 = squared ? madd(b, b, s1) : f32x4.add(s1, b);
    }
    for (; x < wide; x += VECTOR) {
      const a = v128.load(x);
      s0 = squared ? madd(a, a, s0) : f32x4.add(s0, a);
    }
    total += <f64>horizontalSum(f32x4.add(s0, s1));
    for (; x < end; x += 4) {
      const a = <f64>load<f32>(x);
      total += squared ? a * a : a;
    }
  }
  return total;
}

/** The sum of `count` numbers. */
export function sum(count: i32, x: usize): f32 {
  return <f32>sumBlocks(false, count, x);
}

/** The sum of the squares of `count` numbers. */
export function sumSquares(count: i32, x: usize): f64 {
  return sumBlocks(true, count, x);
}

/** out[rows] = the sum of each row of [rows, columns]. */
export function sumRows(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    store<f32>(out + (row << 2), sum(columns, x));
    x += (<usize>columns) << 2;
  }
}

/** A part has some of the columns. */
@unmanaged
class Columns extends Range {
  rows: i32;
  x: usize;
  out: usize;
  accumulate: bool;
}

const COLUMNS: usize = memory.data(offsetof<Columns>(), 16);

function columnsPart(context: usize, index: i32): void {
  const c = changetype<Columns>(context);
  const offset = (<usize>firstOf(c, index)) << 2, count = countOf(c, index);
  const width = (<usize>count) << 2, wide = wideBytes(count), out = c.out + offset;
  let x = c.x + offset;
  if (!c.accumulate) memory.fill(out, 0, width);
  for (let row = 0; row < c.rows; row++) {
    let at: usize = 0;
    for (; at < wide; at += VECTOR) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)));
    for (; at < width; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at));
    x += (<usize>c.lines) << 2;
  }
}

/** out[columns] (+)= the sum of the rows of [rows, columns]. */
export function sumColumns(rows: i32, columns: i32, x: usize, out: usize, accumulate: bool): void {
  const c = changetype<Columns>(COLUMNS);
  c.rows = rows;
  c.x = x;
  c.out = out;
  c.accumulate = accumulate;
  overLines(columnsPart, COLUMNS, columns, rows, 4);
}

/** The largest of `count` numbers; minus infinity for none, NaN where there is one. */
export function largest(count: i32, x: usize): f32 {
  let best = f32x4.splat(-Infinity);
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  for (; x < wide; x += VECTOR) best = f32x4.max(best, v128.load(x));
  for (; x < end; x += 4) best = f32x4.max(best, v128.load32_splat(x));
  return horizontalMax(best);
}

/** out[rows] = the largest of each row of [rows, columns]; NaN where a row holds one. */
export function maxRows(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    store<f32>(out + (row << 2), largest(columns, x));
    x += (<usize>columns) << 2;
  }
}

/** out[rows] i32 = the place of the largest of each row of [rows, columns]; the first, where several are as large. */
export function argMaxRows(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    const best = largest(columns, x);
    const wanted = f32x4.splat(best);
    let place = 0;
    while (place + 4 <= columns && !v128.any_true(f32x4.eq(v128.load(x + ((<usize>place) << 2)), wanted))) place += 4;
    while (place < columns - 1 && load<f32>(x + ((<usize>place) << 2)) != best) place++;
    store<i32>(out + (row << 2), best == best ? place : 0);
    x += (<usize>columns) << 2;
  }
}
