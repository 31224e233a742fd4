import { floats, read, wideBytes, write } from "../lanes";
import { madd, VECTOR } from "../simd";

/** A vector's worth of y, or one number of it, plus four steps' products. */
// @ts-ignore: decorator
@inline
function addFour(wide: bool, at: usize, b: usize, stride: usize, x0: v128, x1: v128, x2: v128, x3: v128, y: usize): void {
  const first = madd(x0, read(wide, b + at), read(wide, y + at));
  const second = madd(x2, read(wide, b + 2 * stride + at), f32x4.mul(x1, read(wide, b + stride + at)));
  write(wide, y + at, f32x4.add(madd(x3, read(wide, b + 3 * stride + at), first), second));
}

/** y[columns] (+)= x[depth] B + bias for B [depth, columns], its rows `ldb` numbers apart; `bias` [columns] or 0. B is read as it is stored, four rows at a time. */
export function gevm(columns: i32, depth: i32, x: usize, b: usize, ldb: i32, bias: usize, y: usize, accumulate: bool): void {
  const width = floats(columns), wide = wideBytes(columns), stride = floats(ldb);
  if (!accumulate) {
    if (bias == 0) memory.fill(y, 0, width);
    else memory.copy(y, bias, width);
  } else if (bias != 0) for (let at: usize = 0; at < width; at += 4) store<f32>(y + at, load<f32>(y + at) + load<f32>(bias + at));
  let step = 0;
  for (; step + 4 <= depth; step += 4) {
    const x0 = v128.load32_splat(x), x1 = v128.load32_splat(x, 4), x2 = v128.load32_splat(x, 8), x3 = v128.load32_splat(x, 12);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) addFour(true, at, b, stride, x0, x1, x2, x3, y);
    for (; at < width; at += 4) addFour(false, at, b, stride, x0, x1, x2, x3, y);
    x += 16;
    b += 4 * stride;
  }
  for (; step < depth; step++) {
    const x0 = v128.load32_splat(x);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) v128.store(y + at, madd(x0, v128.load(b + at), v128.load(y + at)));
    for (; at < width; at += 4) write(false, y + at, madd(x0, read(false, b + at), read(false, y + at)));
    x += 4;
    b += stride;
  }
}
