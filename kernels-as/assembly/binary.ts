import { read, wideBytes, write } from "./lanes";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { VECTOR } from "./simd";

/** What `binary` can compute of two numbers. The loader's `BINARY` lists them in this order. */
enum Binary { Add, Subtract, Multiply, Divide, Maximum, Minimum, SquaredDifference }

// @ts-ignore: decorator
@inline
function compute(op: i32, a: v128, b: v128): v128 {
  if (op == Binary.Add) return f32x4.add(a, b);
  if (op == Binary.Subtract) return f32x4.sub(a, b);
  if (op == Binary.Multiply) return f32x4.mul(a, b);
  if (op == Binary.Divide) return f32x4.div(a, b);
  if (op == Binary.Maximum) return f32x4.max(a, b);
  if (op == Binary.Minimum) return f32x4.min(a, b);
  const difference = f32x4.sub(a, b);
  return f32x4.mul(difference, difference);
}

/** One row; an operand that is not `many` is a single number for the whole row. */
// @ts-ignore: decorator
@inline
function eachColumn(op: i32, columns: i32, a: usize, manyA: bool, b: usize, manyB: bool, out: usize): void {
  const width = (<usize>columns) << 2, wide = wideBytes(columns);
  let at: usize = 0;
  for (; at < wide; at += VECTOR) write(true, out + at, compute(op, read(manyA, manyA ? a + at : a), read(manyB, manyB ? b + at : b)));
  for (; at < width; at += 4) write(false, out + at, compute(op, read(false, manyA ? a + at : a), read(false, manyB ? b + at : b)));
}

// @ts-ignore: decorator
@inline
function eachRow(op: i32, rows: i32, columns: i32, a: usize, strideA: i32, manyA: bool, b: usize, strideB: i32, manyB: bool, out: usize): void {
  for (let row = 0; row < rows; row++) {
    if (!manyA) eachColumn(op, columns, a, false, b, true, out);
    else if (!manyB) eachColumn(op, columns, a, true, b, false, out);
    else eachColumn(op, columns, a, true, b, true, out);
    a += (<usize>strideA) << 2;
    b += (<usize>strideB) << 2;
    out += (<usize>columns) << 2;
  }
}

/** One call; a part has some of the rows, or of the columns where there is one row. */
@unmanaged
class Call extends Range {
  op: i32;
  rows: i32;
  columns: i32;
  a: usize;
  strideA: i32;
  manyA: bool;
  b: usize;
  strideB: i32;
  manyB: bool;
  out: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

function part(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const first = firstOf(c, index), count = countOf(c, index);
  const one = c.rows == 1;
  const a = c.a + ((<usize>first * <usize>(one ? <i32>c.manyA : c.strideA)) << 2), b = c.b + ((<usize>first * <usize>(one ? <i32>c.manyB : c.strideB)) << 2);
  const out = c.out + ((<usize>first * <usize>(one ? 1 : c.columns)) << 2);
  const rows = one ? 1 : count, columns = one ? count : c.columns;
  if (c.op == Binary.Add) eachRow(Binary.Add, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else if (c.op == Binary.Subtract) eachRow(Binary.Subtract, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else if (c.op == Binary.Multiply) eachRow(Binary.Multiply, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else if (c.op == Binary.Divide) eachRow(Binary.Divide, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else if (c.op == Binary.Maximum) eachRow(Binary.Maximum, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else if (c.op == Binary.Minimum) eachRow(Binary.Minimum, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
  else eachRow(Binary.SquaredDifference, rows, columns, a, c.strideA, c.manyA, b, c.strideB, c.manyB, out);
}

/**
 * out[rows, columns] = op(a, b) with broadcasting: `strideA` is the numbers from one row of `a` to the next (0 when all rows
 * share one), and `manyA` says whether a row has a number for each column or one for all. At least one operand is `many`.
 */
export function binary(op: i32, rows: i32, columns: i32, a: usize, strideA: i32, manyA: bool, b: usize, strideB: i32, manyB: bool, out: usize): void {
  const c = changetype<Call>(CALL);
  c.op = op;
  c.rows = rows;
  c.columns = columns;
  c.a = a;
  c.strideA = strideA;
  c.manyA = manyA;
  c.b = b;
  c.strideB = strideB;
  c.manyB = manyB;
  c.out = out;
  if (rows == 1) overLines(part, CALL, columns, 1, 4);
  else overLines(part, CALL, rows, columns, 1);
}
