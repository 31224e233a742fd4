import { madd } from "../simd";

/**
 * Rows of a full tile. Six rows by two vectors fill the fifteen vector registers that V8 gives us (12 sums, 2 of B, 1 of A).
 * Without a fused multiply-add each product needs a register of its own, so six rows spill (29 GFLOP/s) where five do not (50).
 */
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

/** Columns of a tile: two SIMD vectors. */
export const TILE_COLUMNS: i32 = 8;

// @ts-ignore: decorator
@inline
function storeRow(c: usize, low: v128, high: v128, accumulate: bool): void {
  if (accumulate) {
    v128.store(c, f32x4.add(v128.load(c), low));
    v128.store(c, f32x4.add(v128.load(c, 16), high), 16);
  } else {
    v128.store(c, low);
    v128.store(c, high, 16);
  }
}

/**
 * C[rows, 8] (+)= A[rows, depth] B[depth, 8] + bias[8] for a constant number of rows: the branches on `rows` fold away when inlined.
 * `a` is packed: for each step of depth, `rows` numbers; `b` likewise, 8 numbers. `stride` is the bytes between rows of C.
 */
// @ts-ignore: decorator
@inline
function tile(rows: i32, depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  const low = v128.load(bias), high = v128.load(bias, 16);
  let s00 = low, s01 = high, s10 = low, s11 = high, s20 = low, s21 = high;
  let s30 = low, s31 = high, s40 = low, s41 = high, s50 = low, s51 = high;
  const end = a + ((<usize>(depth * rows)) << 2);
  // One step a round: two in one round make V8 spill (37 GFLOP/s instead of 55).
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = madd(x, b0, s00), s01 = madd(x, b1, s01);
    if (rows > 1) x = v128.load32_splat(a, 4), s10 = madd(x, b0, s10), s11 = madd(x, b1, s11);
    if (rows > 2) x = v128.load32_splat(a, 8), s20 = madd(x, b0, s20), s21 = madd(x, b1, s21);
    if (rows > 3) x = v128.load32_splat(a, 12), s30 = madd(x, b0, s30), s31 = madd(x, b1, s31);
    if (rows > 4) x = v128.load32_splat(a, 16), s40 = madd(x, b0, s40), s41 = madd(x, b1, s41);
    if (rows > 5) x = v128.load32_splat(a, 20), s50 = madd(x, b0, s50), s51 = madd(x, b1, s51);
    a += (<usize>rows) << 2;
    b += 32;
  }
  storeRow(c, s00, s01, accumulate);
  if (rows > 1) storeRow((c += stride), s10, s11, accumulate);
  if (rows > 2) storeRow((c += stride), s20, s21, accumulate);
  if (rows > 3) storeRow((c += stride), s30, s31, accumulate);
  if (rows > 4) storeRow((c += stride), s40, s41, accumulate);
  if (rows > 5) storeRow((c += stride), s50, s51, accumulate);
}

function tile6(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(6, depth, a, b, bias, c, stride, accumulate);
}
function tile5(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(5, depth, a, b, bias, c, stride, accumulate);
}
function tile4(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(4, depth, a, b, bias, c, stride, accumulate);
}
function tile3(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(3, depth, a, b, bias, c, stride, accumulate);
}
function tile2(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(2, depth, a, b, bias, c, stride, accumulate);
}
function tile1(depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  tile(1, depth, a, b, bias, c, stride, accumulate);
}

/** One tile of `rows` (1 to 6) by 8. */
export function runTile(rows: i32, depth: i32, a: usize, b: usize, bias: usize, c: usize, stride: usize, accumulate: bool): void {
  if (rows == 6) tile6(depth, a, b, bias, c, stride, accumulate);
  else if (rows == 5) tile5(depth, a, b, bias, c, stride, accumulate);
  else if (rows == 4) tile4(depth, a, b, bias, c, stride, accumulate);
  else if (rows == 3) tile3(depth, a, b, bias, c, stride, accumulate);
  else if (rows == 2) tile2(depth, a, b, bias, c, stride, accumulate);
  else tile1(depth, a, b, bias, c, stride, accumulate);
}
