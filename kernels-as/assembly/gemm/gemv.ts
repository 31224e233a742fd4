import { floats } from "../lanes";
import { horizontalSum, madd, VECTOR } from "../simd";

/** The sums of four vectors' lanes, as one vector; each added up as `horizontalSum` does. */
// @ts-ignore: decorator
@inline
function fourSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The products of four rows with x, over whole rounds of eight numbers; two sums a row that do not wait for each other. */
// @ts-ignore: decorator
@inline
function dotFour(count: i32, m: usize, stride: usize, x: usize): v128 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  let a = m, b = a + stride, c = b + stride, d = c + stride;
  for (const end = x + floats(count); x < end; x += 2 * VECTOR, a += 2 * VECTOR, b += 2 * VECTOR, c += 2 * VECTOR, d += 2 * VECTOR) {
    const p = v128.load(x), q = v128.load(x, 16);
    s0 = madd(v128.load(a), p, s0), t0 = madd(v128.load(a, 16), q, t0);
    s1 = madd(v128.load(b), p, s1), t1 = madd(v128.load(b, 16), q, t1);
    s2 = madd(v128.load(c), p, s2), t2 = madd(v128.load(c, 16), q, t2);
    s3 = madd(v128.load(d), p, s3), t3 = madd(v128.load(d, 16), q, t3);
  }
  return fourSums(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3));
}

/** The same of one row. */
// @ts-ignore: decorator
@inline
function dot(count: i32, m: usize, x: usize): f32 {
  let s = f32x4.splat(0), t = s;
  for (const end = x + floats(count); x < end; x += 2 * VECTOR, m += 2 * VECTOR) {
    s = madd(v128.load(m), v128.load(x), s);
    t = madd(v128.load(m, 16), v128.load(x, 16), t);
  }
  return horizontalSum(f32x4.add(s, t));
}

/** The sum of the products of the last few numbers. */
// @ts-ignore: decorator
@inline
function rest(from: i32, count: i32, m: usize, x: usize): f32 {
  let sum: f32 = 0;
  for (let i = from; i < count; i++) sum += load<f32>(m + floats(i)) * load<f32>(x + floats(i));
  return sum;
}

// @ts-ignore: decorator
@inline
function put(sum: f32, bias: usize, y: usize, at: usize, accumulate: bool): void {
  if (bias != 0) sum += load<f32>(bias + at);
  store<f32>(y + at, accumulate ? load<f32>(y + at) + sum : sum);
}

/**
 * y[rows] (+)= M x + bias for M [rows, columns], its rows `ldm` numbers apart; `bias` [rows] or 0. Unpacked: for one product the copy would cost
 * more. Each row is summed alike, whichever others there are.
 */
export function gemv(rows: i32, columns: i32, m: usize, ldm: i32, x: usize, bias: usize, y: usize, accumulate: bool): void {
  const stride = floats(ldm), whole = columns & ~7;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const sums = dotFour(whole, m, stride, x), at = floats(row);
    put(f32x4.extract_lane(sums, 0) + rest(whole, columns, m, x), bias, y, at, accumulate);
    put(f32x4.extract_lane(sums, 1) + rest(whole, columns, m + stride, x), bias, y, at + 4, accumulate);
    put(f32x4.extract_lane(sums, 2) + rest(whole, columns, m + 2 * stride, x), bias, y, at + 8, accumulate);
    put(f32x4.extract_lane(sums, 3) + rest(whole, columns, m + 3 * stride, x), bias, y, at + 12, accumulate);
    m += 4 * stride;
  }
  for (; row < rows; row++) {
    put(dot(whole, m, x) + rest(whole, columns, m, x), bias, y, floats(row), accumulate);
    m += stride;
  }
}
