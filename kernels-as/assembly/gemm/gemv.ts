import { horizontalSum, madd, VECTOR } from "../simd";

/** Sum of the products of two runs of `count` numbers. */
// @ts-ignore: decorator
@inline
function dot(count: i32, a: usize, b: usize): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const end = a + ((<usize>count) << 2);
  const unrolled = a + ((<usize>(count & ~15)) << 2);
  for (; a < unrolled; a += 4 * VECTOR, b += 4 * VECTOR) {
    s0 = madd(v128.load(a), v128.load(b), s0);
    s1 = madd(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = madd(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = madd(v128.load(a, 48), v128.load(b, 48), s3);
  }
  const whole = end - ((<usize>(count & 3)) << 2);
  for (; a < whole; a += VECTOR, b += VECTOR) s0 = madd(v128.load(a), v128.load(b), s0);
  let sum = horizontalSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

/** y[rows] (+)= M x + bias for M [rows, columns], its rows `ldm` numbers apart; `bias` [rows] or 0. Unpacked: for one product the copy would cost more. */
export function gemv(rows: i32, columns: i32, m: usize, ldm: i32, x: usize, bias: usize, y: usize, accumulate: bool): void {
  const stride = (<usize>ldm) << 2;
  for (let row = 0; row < rows; row++) {
    const at = (<usize>row) << 2;
    let sum = dot(columns, m, x);
    if (bias != 0) sum += load<f32>(bias + at);
    store<f32>(y + at, accumulate ? load<f32>(y + at) + sum : sum);
    m += stride;
  }
}
