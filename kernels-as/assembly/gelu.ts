import { read, wideBytes, write } from "./lanes";
import { erf4, expFalling4, narrow4, one4, tanh4 } from "./math";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { madd, VECTOR } from "./simd";

/*
 * Hendrycks and Gimpel 2016: x Phi(x) with the normal distribution's Phi(x) = (1 + erf(x / sqrt(2))) / 2, or the paper's
 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
 */

/** sqrt(2 / pi) and 0.044715 times it; 1 / sqrt(2); 1 / sqrt(2 pi). */
const ROOT: f32 = 0.7978845608028654, BEND: f32 = 0.035677408136300125, HALF_ROOT: f32 = 0.7071067811865476, DENSITY: f32 = 0.3989422804014327;

/** sqrt(2 / pi) (x + 0.044715 x^3) */
// @ts-ignore: decorator
@inline
function bent(x: v128, square: v128): v128 {
  return f32x4.mul(x, madd(square, f32x4.splat(BEND), f32x4.splat(ROOT)));
}

/** 2 Phi(x) */
// @ts-ignore: decorator
@inline
function twicePhi(byTanh: bool, x: v128, square: v128): v128 {
  return f32x4.add(one4(), byTanh ? tanh4(bent(x, square)) : erf4(f32x4.mul(x, f32x4.splat(HALF_ROOT))));
}

// @ts-ignore: decorator
@inline
function forward(wide: bool, byTanh: bool, x: usize, out: usize): void {
  const value = read(wide, x);
  write(wide, out, f32x4.mul(f32x4.mul(value, f32x4.splat(0.5)), twicePhi(byTanh, value, f32x4.mul(value, value))));
}

/** The normal density at the root of `square`. */
// @ts-ignore: decorator
@inline
function densityOf(square: v128): v128 {
  return f32x4.mul(expFalling4(f32x4.mul(square, f32x4.splat(-0.5))), f32x4.splat(DENSITY));
}

/** Phi(x) + x Phi'(x), Phi' being the normal density. */
// @ts-ignore: decorator
@inline
function slopeByErf(x: v128, square: v128): v128 {
  return madd(twicePhi(false, x, square), f32x4.splat(0.5), f32x4.mul(x, densityOf(square)));
}

/** The same by tanh(u): with e = exp(-2 |u|) and r = 1 / (1 + e), 1 + tanh u is 2 r or 2 e r, and 1 - tanh^2 u is 4 e r^2, without cancelling. */
// @ts-ignore: decorator
@inline
function slopeByTanh(x: v128, square: v128): v128 {
  const u = bent(x, square), one = one4();
  const e = expFalling4(f32x4.mul(f32x4.abs(u), f32x4.splat(-2))), r = f32x4.div(one, f32x4.add(one, e));
  const phi = f32x4.mul(v128.bitselect(e, one, f32x4.lt(u, f32x4.splat(0))), r);
  const steepness = f32x4.mul(f32x4.mul(f32x4.mul(e, r), r), madd(square, f32x4.splat(6 * BEND), f32x4.splat(2 * ROOT)));
  return madd(x, steepness, phi);
}

// @ts-ignore: decorator
@inline
function backward(wide: bool, byTanh: bool, x: usize, dOut: usize, dX: usize): void {
  const value = narrow4(read(wide, x)), square = f32x4.mul(value, value);
  write(wide, dX, f32x4.mul(read(wide, dOut), byTanh ? slopeByTanh(value, square) : slopeByErf(value, square)));
}

/** Both at once: what they share is computed once. The number and its slope, at `slopes`, which may be `x`. */
// @ts-ignore: decorator
@inline
function forwardWithSlope(wide: bool, byTanh: bool, x: usize, out: usize, slopes: usize): void {
  const given = read(wide, x), value = narrow4(given), square = f32x4.mul(value, value);
  if (byTanh) {
    write(wide, out, f32x4.mul(f32x4.mul(given, f32x4.splat(0.5)), twicePhi(true, given, f32x4.mul(given, given))));
    write(wide, slopes, slopeByTanh(value, square));
  } else {
    const phi = f32x4.mul(twicePhi(false, given, square), f32x4.splat(0.5));
    write(wide, out, f32x4.mul(given, phi));
    write(wide, slopes, madd(value, densityOf(square), phi));
  }
}

// @ts-ignore: decorator
@inline
function forwardAll(byTanh: bool, count: i32, x: usize, out: usize, slopes: usize): void {
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  if (slopes == 0) {
    for (; x < wide; x += VECTOR, out += VECTOR) forward(true, byTanh, x, out);
    for (; x < end; x += 4, out += 4) forward(false, byTanh, x, out);
  } else {
    for (; x < wide; x += VECTOR, out += VECTOR, slopes += VECTOR) forwardWithSlope(true, byTanh, x, out, slopes);
    for (; x < end; x += 4, out += 4, slopes += 4) forwardWithSlope(false, byTanh, x, out, slopes);
  }
}

// @ts-ignore: decorator
@inline
function backwardAll(byTanh: bool, count: i32, x: usize, dOut: usize, dX: usize): void {
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  for (; x < wide; x += VECTOR, dOut += VECTOR, dX += VECTOR) backward(true, byTanh, x, dOut, dX);
  for (; x < end; x += 4, dOut += 4, dX += 4) backward(false, byTanh, x, dOut, dX);
}

@unmanaged
class Call extends Range {
  byTanh: bool;
  x: usize;
  dOut: usize;
  out: usize;
  slopes: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

function forwardPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const offset = (<usize>firstOf(call, index)) << 2, count = countOf(call, index);
  const slopes = call.slopes == 0 ? 0 : call.slopes + offset;
  if (call.byTanh) forwardAll(true, count, call.x + offset, call.out + offset, slopes);
  else forwardAll(false, count, call.x + offset, call.out + offset, slopes);
}

function backwardPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const offset = (<usize>firstOf(call, index)) << 2, count = countOf(call, index);
  if (call.byTanh) backwardAll(true, count, call.x + offset, call.dOut + offset, call.out + offset);
  else backwardAll(false, count, call.x + offset, call.dOut + offset, call.out + offset);
}

/** out[count] = gelu(x), and gelu'(x) at `slopes` [count], where that is not 0. `out` or `slopes` may be `x`. */
export function geluForward(count: i32, byTanh: bool, x: usize, out: usize, slopes: usize): void {
  const call = changetype<Call>(CALL);
  call.slopes = slopes;
  call.byTanh = byTanh;
  call.x = x;
  call.out = out;
  overLines(forwardPart, CALL, count, 1, 4);
}

/** dX[count] = dOut * gelu'(x). `dX` may be `dOut`. */
export function geluBackward(count: i32, byTanh: bool, x: usize, dOut: usize, dX: usize): void {
  const call = changetype<Call>(CALL);
  call.byTanh = byTanh;
  call.x = x;
  call.dOut = dOut;
  call.out = dX;
  overLines(backwardPart, CALL, count, 1, 4);
}
