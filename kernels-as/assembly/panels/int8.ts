import { floats } from "../lanes";
import { Call, finish, newCall, PANEL, panelsOf, run } from "./call";

/*
 * Weights are whole numbers from -127 to 127 times a scale of their row's. A vector is made whole too, anew for each product: numbers from
 * -63 to 63 times a scale of its own, stored 64 higher, as the relaxed product of bytes wants seven bits without a sign. Sums are exact,
 * so that both builds give the same bits.
 */

/** The largest whole number of a weight, and of a vector. */
const MOST: f32 = 127, MOST_OF_X: f32 = 63;
/** What a vector's numbers are stored higher by. */
const RAISED: i32 = 64;
/** Steps of depth that a product of bytes takes at once, and those of a round of the loop over them. */
const STEPS: i32 = 4, ROUND: i32 = 8;
/** Bytes of a number of a vector: products of bytes want bytes, those of the plain build half-words. */
const X_BYTES: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 2;

// @ts-ignore: decorator
@inline
function wholeSteps(depth: i32): i32 {
  return (depth + ROUND - 1) & ~(ROUND - 1);
}

/** Bytes before a whole vector's numbers: its scale. */
const HEADER: usize = 16;

/** Bytes of a whole vector. */
// @ts-ignore: decorator
@inline
function bytesOfX(depth: i32): usize {
  return HEADER + <usize>((wholeSteps(depth) * X_BYTES + 15) & ~15);
}

/** A panel: for each four steps of depth, 16 outputs' four numbers; before them its outputs' scales, and their sums times what vectors are raised by. */
// @ts-ignore: decorator
@inline
function bytesOfPanel(depth: i32): usize {
  return <usize>PANEL * <usize>(8 + wholeSteps(depth));
}

/** Bytes that `packInt8` and `packWhole` write: more than a pointer can count, where the matrix is too large to be had. */
export function int8Bytes(outputs: i32, depth: i32): f64 {
  return <f64>panelsOf(outputs) * <f64>PANEL * (8 + <f64>wholeSteps(depth));
}

function largest(count: i32, x: usize): f32 {
  let most: f32 = 0;
  for (let at = x; at < x + floats(count); at += 4) most = max(most, abs(load<f32>(at)));
  return most;
}

/** Packs a matrix [outputs, depth], its rows `ldm` numbers apart, for `multiplyInt8`: each row rounded to 255 steps of its own. */
export function packInt8(outputs: i32, depth: i32, m: usize, ldm: i32, out: usize): void {
  memory.fill(out, 0, <usize>int8Bytes(outputs, depth));
  for (let output = 0; output < outputs; output++) {
    const row = m + <usize>output * floats(ldm), scale = largest(depth, row) / MOST;
    const panel = out + <usize>(output / PANEL) * bytesOfPanel(depth), place = <usize>(output % PANEL);
    let sum = 0;
    for (let step = 0; step < depth; step++) {
      const whole = scale == 0 ? 0 : <i32>nearest(load<f32>(row + floats(step)) / scale);
      store<i8>(panel + 8 * PANEL + (<usize>(step / STEPS) * PANEL + place) * STEPS + <usize>(step % STEPS), <i8>whole);
      sum += whole;
    }
    store<f32>(panel + 4 * place, scale);
    store<i32>(panel + 4 * PANEL + 4 * place, sum * RAISED);
  }
}

/**
 * Packs a matrix that is whole already, i8 [outputs, depth] from -127 to 127, with a scale of each row, f32 [outputs], from 0 up. Gives whether they
 * are so; else what was packed stands for nothing.
 */
export function packWhole(outputs: i32, depth: i32, m: usize, scales: usize, out: usize): bool {
  const least = i8x16.splat(-128);
  let wrong = i8x16.splat(0), right = true;
  memory.fill(out, 0, <usize>int8Bytes(outputs, depth));
  for (let output = 0; output < outputs; output++) {
    const row = m + <usize>output * <usize>depth;
    const panel = out + <usize>(output / PANEL) * bytesOfPanel(depth), place = <usize>(output % PANEL);
    const numbers = panel + 8 * PANEL + place * STEPS;
    let sums = i32x4.splat(0), step = 0;
    for (; step + 16 <= depth; step += 16) {
      const bytes = v128.load(row + step), to = numbers + <usize>step * PANEL;
      v128.store_lane<i32>(to, bytes, 0), v128.store_lane<i32>(to, bytes, 1, PANEL * STEPS);
      v128.store_lane<i32>(to, bytes, 2, 2 * PANEL * STEPS), v128.store_lane<i32>(to, bytes, 3, 3 * PANEL * STEPS);
      wrong = v128.or(wrong, i8x16.eq(bytes, least));
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(bytes)));
    }
    let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    for (; step < depth; step++) {
      const whole = load<i8>(row + step);
      store<i8>(numbers + <usize>(step / STEPS) * PANEL * STEPS + <usize>(step % STEPS), whole);
      sum += whole;
      if (whole == -128) right = false;
    }
    const scale = load<f32>(scales + floats(output));
    if (!(scale >= 0 && scale < Infinity)) right = false;
    store<f32>(panel + 4 * place, scale);
    store<i32>(panel + 4 * PANEL + 4 * place, sum * RAISED);
  }
  return right && !v128.any_true(wrong);
}

/** Makes a vector whole; gives its scale. What pads it meets weights of 0. */
function makeWhole(depth: i32, x: usize, out: usize): f32 {
  const most = largest(depth, x), factor: f32 = most == 0 ? 0 : MOST_OF_X / most;
  for (let step = 0; step < depth; step++) {
    const whole = <i32>nearest(load<f32>(x + floats(step)) * factor) + RAISED;
    if (ASC_FEATURE_RELAXED_SIMD) store<u8>(out + step, <u8>whole);
    else store<i16>(out + 2 * step, <i16>whole);
  }
  return most / MOST_OF_X;
}

/** The products of four outputs' four numbers with a vector's, each output's summed, added to `sums`. */
// @ts-ignore: decorator
@inline
function addProducts(weights: v128, x: v128, sums: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, x, sums);
}

/** The same of the first or the last two outputs, with half-words: a sum of two products in each lane. */
// @ts-ignore: decorator
@inline
function addPairs(weights: v128, x: v128, sums: v128): v128 {
  return i32x4.add(sums, i32x4.dot_i16x8_s(weights, x));
}

/** Whole sums of four outputs as numbers, without what the vector was raised by. */
// @ts-ignore: decorator
@inline
function scaled(sums: v128, panel: usize, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(sums, v128.load(panel, 4 * 16))), f32x4.mul(v128.load(panel), scale));
}

/** Adds up what two vectors of pairs hold of four outputs. */
// @ts-ignore: decorator
@inline
function joinPairs(low: v128, high: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
}

/** One panel's outputs of one vector, `x` made whole and `scale` its scale. */
// @ts-ignore: decorator
@inline
function onePanel(depth: i32, x: usize, scale: f32, panel: usize, count: i32, bias: usize, y: usize, accumulate: bool): void {
  let a0 = i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let at = panel + 8 * 16;
  if (ASC_FEATURE_RELAXED_SIMD) {
    // a: sums of the first four steps of a round; b: of the others.
    for (const end = x + <usize>wholeSteps(depth); x < end; x += 8, at += 8 * 16) {
      const first = v128.load32_splat(x), second = v128.load32_splat(x, 4);
      a0 = addProducts(v128.load(at), first, a0), a1 = addProducts(v128.load(at, 16), first, a1);
      a2 = addProducts(v128.load(at, 32), first, a2), a3 = addProducts(v128.load(at, 48), first, a3);
      b0 = addProducts(v128.load(at, 64), second, b0), b1 = addProducts(v128.load(at, 80), second, b1);
      b2 = addProducts(v128.load(at, 96), second, b2), b3 = addProducts(v128.load(at, 112), second, b3);
    }
    a0 = i32x4.add(a0, b0), a1 = i32x4.add(a1, b1), a2 = i32x4.add(a2, b2), a3 = i32x4.add(a3, b3);
  } else {
    // a: pairs of sums of the first two of four outputs; b: of the others.
    for (const end = x + 2 * <usize>wholeSteps(depth); x < end; x += 8, at += 4 * 16) {
      const four = v128.load64_splat(x);
      const w0 = v128.load(at), w1 = v128.load(at, 16), w2 = v128.load(at, 32), w3 = v128.load(at, 48);
      a0 = addPairs(i16x8.extend_low_i8x16_s(w0), four, a0), b0 = addPairs(i16x8.extend_high_i8x16_s(w0), four, b0);
      a1 = addPairs(i16x8.extend_low_i8x16_s(w1), four, a1), b1 = addPairs(i16x8.extend_high_i8x16_s(w1), four, b1);
      a2 = addPairs(i16x8.extend_low_i8x16_s(w2), four, a2), b2 = addPairs(i16x8.extend_high_i8x16_s(w2), four, b2);
      a3 = addPairs(i16x8.extend_low_i8x16_s(w3), four, a3), b3 = addPairs(i16x8.extend_high_i8x16_s(w3), four, b3);
    }
    a0 = joinPairs(a0, b0), a1 = joinPairs(a1, b1), a2 = joinPairs(a2, b2), a3 = joinPairs(a3, b3);
  }
  const scales = f32x4.splat(scale);
  finish(count, scaled(a0, panel, scales), bias, y, accumulate);
  finish(count - 4, scaled(a1, panel + 16, scales), bias == 0 ? 0 : bias + 16, y + 16, accumulate);
  finish(count - 8, scaled(a2, panel + 32, scales), bias == 0 ? 0 : bias + 32, y + 32, accumulate);
  finish(count - 12, scaled(a3, panel + 48, scales), bias == 0 ? 0 : bias + 48, y + 48, accumulate);
}

/** A call's `x` are the vectors made whole, each after its scale. */
function multiplyPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const end = min(panelsOf(call.outputs), (index + 1) * call.share);
  for (let panel = index * call.share; panel < end; panel++) {
    const output = panel * PANEL, packed = call.panels + <usize>panel * bytesOfPanel(call.depth);
    const bias = call.bias == 0 ? 0 : call.bias + floats(output), count = min(PANEL, call.outputs - output);
    for (let row = 0; row < call.rows; row++) {
      const x = call.x + <usize>row * bytesOfX(call.depth);
      onePanel(call.depth, x + HEADER, load<f32>(x), packed, count, bias, call.y + <usize>row * floats(call.ldy) + floats(output), call.accumulate);
    }
  }
}

/** y[rows, outputs] (+)= x[rows, depth] m^T + bias, for the m that `packInt8` packed. `bias` [outputs] or 0. */
export function multiplyInt8(rows: i32, outputs: i32, depth: i32, x: usize, ldx: i32, panels: usize, bias: usize, y: usize, ldy: i32, accumulate: bool): void {
  const whole = heap.alloc(<usize>max(rows, 1) * bytesOfX(depth));
  for (let row = 0; row < rows; row++) {
    const to = whole + <usize>row * bytesOfX(depth);
    store<f32>(to, makeWhole(depth, x + <usize>row * floats(ldx), to + HEADER));
  }
  run(multiplyPart, newCall(rows, outputs, depth, whole, 0, panels, bias, y, ldy, accumulate), bytesOfPanel(depth));
  heap.free(whole);
}
