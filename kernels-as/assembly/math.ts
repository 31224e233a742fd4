import { madd } from "./simd";

/*
 * Approximations, four numbers at a time. Their largest errors, tested over the whole float range in math.test.ts:
 *   exp      1.01 ULP for results that are normal numbers; one smallest denormal below
 *   sigmoid  3 ULP for x >= -87; below, where the true value is under 2e-38, the result is under 2e-38 too
 *   tanh     7 ULP, never beyond 1, and 1 exactly from 9.6
 *   erf      8 ULP, never beyond 1, and 1 exactly from 4.1
 * The coefficients are our own fits: relative error, Lawson's reweighted least squares in f64.
 */

/**
 * Every constant, four times over, as the engines build a vector constant anew wherever it stands (some five instructions)
 * where they read one from memory for nothing. Exponentials went from 0.5 to 1.1 G/s by it.
 */
const CONSTANTS: usize = memory.data<f32>([
  1, 1, 1, 1, // One
  1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634, // Log2e
  12582912.0, 12582912.0, 12582912.0, 12582912.0, // Round
  -0.693359375, -0.693359375, -0.693359375, -0.693359375, // MinusLn2High
  2.12194440054690581e-4, 2.12194440054690581e-4, 2.12194440054690581e-4, 2.12194440054690581e-4, // MinusLn2Low
  0.001381459878757596, 0.001381459878757596, 0.001381459878757596, 0.001381459878757596, // Exp6
  0.008368716575205326, 0.008368716575205326, 0.008368716575205326, 0.008368716575205326, // Exp5
  0.04166838899254799, 0.04166838899254799, 0.04166838899254799, 0.04166838899254799, // Exp4
  0.1666652113199234, 0.1666652113199234, 0.1666652113199234, 0.1666652113199234, // Exp3
  0.4999999403953552, 0.4999999403953552, 0.4999999403953552, 0.4999999403953552, // Exp2
  -104, -104, -104, -104, // WideLow
  89, 89, 89, 89, // WideHigh
  -87, -87, -87, -87, // NarrowLow
  87, 87, 87, 87, // NarrowHigh
  -9.6, -9.6, -9.6, -9.6, // TanhLow
  9.6, 9.6, 9.6, 9.6, // TanhHigh
  1.3335590409322018e-8, 1.3335590409322018e-8, 1.3335590409322018e-8, 1.3335590409322018e-8, // P4
  2.059536927845329e-5, 2.059536927845329e-5, 2.059536927845329e-5, 2.059536927845329e-5, // P3
  0.003494756994768977, 0.003494756994768977, 0.003494756994768977, 0.003494756994768977, // P2
  0.13380326330661774, 0.13380326330661774, 0.13380326330661774, 0.13380326330661774, // P1
  7.768767886773276e-7, 7.768767886773276e-7, 7.768767886773276e-7, 7.768767886773276e-7, // Q4
  3.2842738437466323e-4, 3.2842738437466323e-4, 3.2842738437466323e-4, 3.2842738437466323e-4, // Q3
  0.02587382309138775, 0.02587382309138775, 0.02587382309138775, 0.02587382309138775, // Q2
  0.467136412858963, 0.467136412858963, 0.467136412858963, 0.467136412858963, // Q1
  -4.1, -4.1, -4.1, -4.1, // ErfLow
  4.1, 4.1, 4.1, 4.1, // ErfHigh
  2.0417121113858145e-06, 2.0417121113858145e-06, 2.0417121113858145e-06, 2.0417121113858145e-06, // ErfP5
  0.00028478296212149686, 0.00028478296212149686, 0.00028478296212149686, 0.00028478296212149686, // ErfP4
  0.003779392000694757, 0.003779392000694757, 0.003779392000694757, 0.003779392000694757, // ErfP3
  0.052789510331365294, 0.052789510331365294, 0.052789510331365294, 0.052789510331365294, // ErfP2
  0.1907816240731297, 0.1907816240731297, 0.1907816240731297, 0.1907816240731297, // ErfP1
  1.1283791454450747, 1.1283791454450747, 1.1283791454450747, 1.1283791454450747, // ErfP0
  3.8000057048836164e-05, 3.8000057048836164e-05, 3.8000057048836164e-05, 3.8000057048836164e-05, // ErfQ5
  0.001165122018587368, 0.001165122018587368, 0.001165122018587368, 0.001165122018587368, // ErfQ4
  0.01499700579874302, 0.01499700579874302, 0.01499700579874302, 0.01499700579874302, // ErfQ3
  0.11425617446730554, 0.11425617446730554, 0.11425617446730554, 0.11425617446730554, // ErfQ2
  0.5024085338698937, 0.5024085338698937, 0.5024085338698937, 0.5024085338698937, // ErfQ1
], 16);

enum Constant {
  One, Log2e, Round, MinusLn2High, MinusLn2Low, Exp6, Exp5, Exp4, Exp3, Exp2, WideLow, WideHigh, NarrowLow, NarrowHigh,
  TanhLow, TanhHigh, P4, P3, P2, P1, Q4, Q3, Q2, Q1,
  ErfLow, ErfHigh, ErfP5, ErfP4, ErfP3, ErfP2, ErfP1, ErfP0, ErfQ5, ErfQ4, ErfQ3, ErfQ2, ErfQ1,
}

// @ts-ignore: decorator
@inline
function constant(name: Constant): v128 {
  return v128.load(CONSTANTS + (<usize>name << 4));
}

/** 1 in every lane. */
// @ts-ignore: decorator
@inline
export function one4(): v128 {
  return constant(Constant.One);
}

/** exp(x) * 2^-n with the rounded n = x / ln 2, for `whole` = ROUND + n: a polynomial of degree 6 on |r| <= ln 2 / 2. */
// @ts-ignore: decorator
@inline
function expFraction(x: v128, whole: v128): v128 {
  const n = f32x4.sub(whole, constant(Constant.Round));
  const r = madd(n, constant(Constant.MinusLn2Low), madd(n, constant(Constant.MinusLn2High), x));
  let q = madd(r, constant(Constant.Exp6), constant(Constant.Exp5));
  q = madd(r, q, constant(Constant.Exp4));
  q = madd(r, q, constant(Constant.Exp3));
  q = madd(r, q, constant(Constant.Exp2));
  const square = f32x4.mul(r, r);
  return f32x4.add(madd(square, q, r), constant(Constant.One));
}

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}

/** exp for x <= 0, as softmax needs it; below -87 it stays at the smallest normal numbers. */
// @ts-ignore: decorator
@inline
export function expFalling4(x: v128): v128 {
  return expNarrow(f32x4.pmax(x, constant(Constant.NarrowLow)));
}

/** The same, but 0 below -87. */
// @ts-ignore: decorator
@inline
export function expFading4(x: v128): v128 {
  return v128.andnot(expFalling4(x), f32x4.lt(x, constant(Constant.NarrowLow)));
}

/** exp for |x| <= 87, where neither the result nor its reciprocal leaves the normal numbers. NaN gives NaN. */
// @ts-ignore: decorator
@inline
function expNarrow(x: v128): v128 {
  const whole = madd(x, constant(Constant.Log2e), constant(Constant.Round));
  // A product, not a sum of exponents, as that would make numbers of some NaN.
  return f32x4.mul(expFraction(x, whole), i32x4.add(constant(Constant.One), i32x4.shl(whole, 23)));
}

/** exp over the whole float range: infinity above 88.72, denormals and then zero below -87.33. */
// @ts-ignore: decorator
@inline
export function exp4(input: v128): v128 {
  const x = clamp(input, constant(Constant.WideLow), constant(Constant.WideHigh));
  const whole = madd(x, constant(Constant.Log2e), constant(Constant.Round));
  // 2^n in two factors, as 2^n itself may be no normal number.
  const n = i32x4.sub(whole, constant(Constant.Round));
  const half = i32x4.shr_s(n, 1);
  const one = constant(Constant.One);
  const scaled = f32x4.mul(expFraction(x, whole), i32x4.add(one, i32x4.shl(half, 23)));
  return f32x4.mul(scaled, i32x4.add(one, i32x4.shl(i32x4.sub(n, half), 23)));
}

/** x, or where it is further from 0 than 87 that: exp(-87) times any polynomial of it is next to nothing still. */
// @ts-ignore: decorator
@inline
export function narrow4(x: v128): v128 {
  return clamp(x, constant(Constant.NarrowLow), constant(Constant.NarrowHigh));
}

/** 1 / (1 + exp(-x)). */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = constant(Constant.One);
  return f32x4.div(one, f32x4.add(one, expNarrow(f32x4.neg(narrow4(x)))));
}

/** tanh as x P(x^2) / Q(x^2), both of degree 4, a fit up to 9.01; at 9.6, where x ends, it is over 1 by enough for the result to be 1. */
// @ts-ignore: decorator
@inline
export function tanh4(input: v128): v128 {
  const x = clamp(input, constant(Constant.TanhLow), constant(Constant.TanhHigh));
  const t = f32x4.mul(x, x);
  let p = madd(t, constant(Constant.P4), constant(Constant.P3));
  p = madd(t, p, constant(Constant.P2));
  p = madd(t, p, constant(Constant.P1));
  p = madd(t, p, constant(Constant.One));
  let q = madd(t, constant(Constant.Q4), constant(Constant.Q3));
  q = madd(t, q, constant(Constant.Q2));
  q = madd(t, q, constant(Constant.Q1));
  q = madd(t, q, constant(Constant.One));
  return clamp(f32x4.div(f32x4.mul(x, p), q), f32x4.neg(constant(Constant.One)), constant(Constant.One));
}

/** erf as x P(x^2) / Q(x^2), both of degree 5, a fit up to 3.93; at 4.1, where x ends, it is over 1 by enough for the result to be 1. */
// @ts-ignore: decorator
@inline
export function erf4(input: v128): v128 {
  const x = clamp(input, constant(Constant.ErfLow), constant(Constant.ErfHigh));
  const t = f32x4.mul(x, x);
  let p = madd(t, constant(Constant.ErfP5), constant(Constant.ErfP4));
  p = madd(t, p, constant(Constant.ErfP3));
  p = madd(t, p, constant(Constant.ErfP2));
  p = madd(t, p, constant(Constant.ErfP1));
  p = madd(t, p, constant(Constant.ErfP0));
  let q = madd(t, constant(Constant.ErfQ5), constant(Constant.ErfQ4));
  q = madd(t, q, constant(Constant.ErfQ3));
  q = madd(t, q, constant(Constant.ErfQ2));
  q = madd(t, q, constant(Constant.ErfQ1));
  q = madd(t, q, constant(Constant.One));
  return clamp(f32x4.div(f32x4.mul(x, p), q), f32x4.neg(constant(Constant.One)), constant(Constant.One));
}
