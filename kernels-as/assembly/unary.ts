import { read, wideBytes, write } from "./lanes";
import { erf4, exp4, one4, sigmoid4, tanh4 } from "./math";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { VECTOR } from "./simd";

/** What `unary` can compute of each number. The loader's `UNARY` lists them in this order. */
enum Unary { Exp, Sigmoid, Tanh, Relu, Neg, Abs, Square, Sqrt, Rsqrt, Reciprocal, Step, Erf }

// @ts-ignore: decorator
@inline
function compute(op: i32, x: v128): v128 {
  const zero = f32x4.splat(0), one = one4();
  if (op == Unary.Exp) return exp4(x);
  if (op == Unary.Sigmoid) return sigmoid4(x);
  if (op == Unary.Tanh) return tanh4(x);
  // Leaves NaN as it is; the maximum that does takes the engines six instructions.
  if (op == Unary.Relu) return v128.andnot(x, f32x4.le(x, zero));
  if (op == Unary.Neg) return f32x4.neg(x);
  if (op == Unary.Abs) return f32x4.abs(x);
  if (op == Unary.Square) return f32x4.mul(x, x);
  if (op == Unary.Sqrt) return f32x4.sqrt(x);
  if (op == Unary.Rsqrt) return f32x4.div(one, f32x4.sqrt(x));
  if (op == Unary.Reciprocal) return f32x4.div(one, x);
  if (op == Unary.Erf) return erf4(x);
  // Step: 1 above zero, NaN for NaN, else 0.
  return v128.or(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.ne(x, x), x));
}

// @ts-ignore: decorator
@inline
function each(op: i32, count: i32, x: usize, out: usize): void {
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  if (op >= Unary.Relu && op <= Unary.Square) {
    // Cheap ones take four vectors before they store any: a store holds up a load that lies a multiple of 4 KB from it.
    for (; x + 3 * VECTOR < wide; x += 4 * VECTOR, out += 4 * VECTOR) {
      const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
      v128.store(out, compute(op, a));
      v128.store(out, compute(op, b), 16);
      v128.store(out, compute(op, c), 32);
      v128.store(out, compute(op, d), 48);
    }
  }
  for (; x < wide; x += VECTOR, out += VECTOR) write(true, out, compute(op, read(true, x)));
  for (; x < end; x += 4, out += 4) write(false, out, compute(op, read(false, x)));
}

@unmanaged
class Call extends Range {
  op: i32;
  x: usize;
  out: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

function part(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const offset = (<usize>firstOf(call, index)) << 2, count = countOf(call, index), op = call.op;
  const x = call.x + offset, out = call.out + offset;
  if (op == Unary.Exp) each(Unary.Exp, count, x, out);
  else if (op == Unary.Sigmoid) each(Unary.Sigmoid, count, x, out);
  else if (op == Unary.Tanh) each(Unary.Tanh, count, x, out);
  else if (op == Unary.Relu) each(Unary.Relu, count, x, out);
  else if (op == Unary.Neg) each(Unary.Neg, count, x, out);
  else if (op == Unary.Abs) each(Unary.Abs, count, x, out);
  else if (op == Unary.Square) each(Unary.Square, count, x, out);
  else if (op == Unary.Sqrt) each(Unary.Sqrt, count, x, out);
  else if (op == Unary.Rsqrt) each(Unary.Rsqrt, count, x, out);
  else if (op == Unary.Reciprocal) each(Unary.Reciprocal, count, x, out);
  else if (op == Unary.Erf) each(Unary.Erf, count, x, out);
  else each(Unary.Step, count, x, out);
}

/** out[count] = op(x). `out` may be `x`. */
export function unary(op: i32, count: i32, x: usize, out: usize): void {
  const call = changetype<Call>(CALL);
  call.op = op;
  call.x = x;
  call.out = out;
  overLines(part, CALL, count, 1, 4);
}
