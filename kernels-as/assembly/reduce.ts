import { floats, read, wideBytes, write } from "./lanes";
import { Part } from "./parallel";
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
  const stride = floats(c.lines);
  let x = c.x + offset, row = 0;
  if (!c.accumulate) memory.fill(out, 0, width);
  for (; row + 4 <= c.rows; row += 4) {
    let at: usize = 0;
    for (; at < wide; at += VECTOR) addFour(true, x + at, stride, out + at);
    for (; at < width; at += 4) addFour(false, x + at, stride, out + at);
    x += 4 * stride;
  }
  for (; row < c.rows; row++) {
    let at: usize = 0;
    for (; at < wide; at += VECTOR) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)));
    for (; at < width; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at));
    x += stride;
  }
}

/** Adds four rows' numbers to a sum. */
// @ts-ignore: decorator
@inline
function addFour(wide: bool, x: usize, stride: usize, out: usize): void {
  const four = f32x4.add(f32x4.add(read(wide, x), read(wide, x + stride)), f32x4.add(read(wide, x + 2 * stride), read(wide, x + 3 * stride)));
  write(wide, out, f32x4.add(read(wide, out), four));
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
  let a = f32x4.splat(-Infinity), b = a, c = a, d = a;
  // All bits of a lane where a number was none: the maximum that heeds NaN takes the engines six instructions.
  let none = i32x4.splat(0);
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  for (; x + 3 * VECTOR < wide; x += 4 * VECTOR) {
    const p = v128.load(x), q = v128.load(x, 16), r = v128.load(x, 32), s = v128.load(x, 48);
    a = f32x4.pmax(a, p), b = f32x4.pmax(b, q), c = f32x4.pmax(c, r), d = f32x4.pmax(d, s);
    none = v128.or(none, v128.or(v128.or(f32x4.ne(p, p), f32x4.ne(q, q)), v128.or(f32x4.ne(r, r), f32x4.ne(s, s))));
  }
  for (; x < wide; x += VECTOR) {
    const p = v128.load(x);
    a = f32x4.pmax(a, p);
    none = v128.or(none, f32x4.ne(p, p));
  }
  for (; x < end; x += 4) {
    const p = v128.load32_splat(x);
    a = f32x4.pmax(a, p);
    none = v128.or(none, f32x4.ne(p, p));
  }
  return v128.any_true(none) ? NaN : horizontalMax(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

/** A part has some of the rows. */
@unmanaged
class Rows extends Range {
  columns: i32;
  x: usize;
  out: usize;
}

const ROWS: usize = memory.data(offsetof<Rows>(), 16);

function overRows(part: Part, rows: i32, columns: i32, x: usize, out: usize): void {
  const r = changetype<Rows>(ROWS);
  r.columns = columns;
  r.x = x;
  r.out = out;
  overLines(part, ROWS, rows, columns, 1);
}

function sumPart(context: usize, index: i32): void {
  const r = changetype<Rows>(context);
  const end = firstOf(r, index) + countOf(r, index);
  for (let row = firstOf(r, index); row < end; row++) store<f32>(r.out + floats(row), sum(r.columns, r.x + <usize>row * floats(r.columns)));
}

function maxPart(context: usize, index: i32): void {
  const r = changetype<Rows>(context);
  const end = firstOf(r, index) + countOf(r, index);
  for (let row = firstOf(r, index); row < end; row++) store<f32>(r.out + floats(row), largest(r.columns, r.x + <usize>row * floats(r.columns)));
}

function argMaxPart(context: usize, index: i32): void {
  const r = changetype<Rows>(context);
  const end = firstOf(r, index) + countOf(r, index);
  for (let row = firstOf(r, index); row < end; row++) store<i32>(r.out + floats(row), placeOfLargest(r.columns, r.x + <usize>row * floats(r.columns)));
}

function placeOfLargest(count: i32, x: usize): i32 {
  const best = largest(count, x);
  if (best != best) return 0;
  const wanted = f32x4.splat(best);
  let place = 0;
  while (place + 4 <= count && !v128.any_true(f32x4.eq(v128.load(x + floats(place)), wanted))) place += 4;
  while (place < count - 1 && load<f32>(x + floats(place)) != best) place++;
  return place;
}

/** out[rows] = the sum of each row of [rows, columns]. */
export function sumRows(rows: i32, columns: i32, x: usize, out: usize): void {
  overRows(sumPart, rows, columns, x, out);
}

/** out[rows] = the largest of each row of [rows, columns]; NaN where a row holds one. */
export function maxRows(rows: i32, columns: i32, x: usize, out: usize): void {
  overRows(maxPart, rows, columns, x, out);
}

/** out[rows] i32 = the place of the largest of each row of [rows, columns]; the first, where several are as large. */
export function argMaxRows(rows: i32, columns: i32, x: usize, out: usize): void {
  overRows(argMaxPart, rows, columns, x, out);
}
