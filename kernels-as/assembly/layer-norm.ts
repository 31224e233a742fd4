import { read, wideBytes, write } from "./lanes";
import { sum } from "./reduce";
import { horizontalSum, madd, VECTOR } from "./simd";

/* Ba et al. 2016, over the last axis: y = (x - mean) / sqrt(variance + epsilon) * weight + bias, with the biased variance. */

/** The sum of (x - mean)^2. */
function scatter(count: i32, x: usize, mean: f32): f32 {
  const centre = f32x4.splat(mean);
  const end = x + ((<usize>count) << 2), wide = x + wideBytes(count);
  let total = f32x4.splat(0);
  for (; x < wide; x += VECTOR) {
    const d = f32x4.sub(v128.load(x), centre);
    total = madd(d, d, total);
  }
  let result = horizontalSum(total);
  for (; x < end; x += 4) result += (load<f32>(x) - mean) * (load<f32>(x) - mean);
  return result;
}

// @ts-ignore: decorator
@inline
function standardise(wide: bool, x: usize, mean: v128, scale: v128, weight: usize, bias: usize, out: usize): void {
  const normal = f32x4.mul(f32x4.sub(read(wide, x), mean), scale);
  write(wide, out, madd(normal, read(wide, weight), read(wide, bias)));
}

/** `x`, `out` [rows, columns]; `weight`, `bias` [columns]; `means`, `scales` [rows]: out, each row's mean and 1 / deviation. */
export function layerNormForward(rows: i32, columns: i32, x: usize, weight: usize, bias: usize, epsilon: f32, out: usize, means: usize, scales: usize): void {
  const width = (<usize>columns) << 2, wide = wideBytes(columns);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const mean = sum(columns, x) / <f32>columns;
    const scale: f32 = 1 / sqrt<f32>(scatter(columns, x, mean) / <f32>columns + epsilon);
    store<f32>(means + (row << 2), mean);
    store<f32>(scales + (row << 2), scale);
    const centre = f32x4.splat(mean), factor = f32x4.splat(scale);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) standardise(true, x + at, centre, factor, weight + at, bias + at, out + at);
    for (; at < width; at += 4) standardise(false, x + at, centre, factor, weight + at, bias + at, out + at);
    x += width;
    out += width;
  }
}

/** Adds a row's part to the gradients of weight and bias. */
// @ts-ignore: decorator
@inline
function accumulateParameters(wide: bool, at: usize, x: usize, dOut: usize, mean: v128, scale: v128, dWeight: usize, dBias: usize): void {
  const normal = f32x4.mul(f32x4.sub(read(wide, x + at), mean), scale), d = read(wide, dOut + at);
  write(wide, dWeight + at, madd(d, normal, read(wide, dWeight + at)));
  write(wide, dBias + at, f32x4.add(read(wide, dBias + at), d));
}

// @ts-ignore: decorator
@inline
function inputGradient(wide: bool, at: usize, x: usize, dOut: usize, weight: usize, mean: v128, scale: v128, average: v128, slope: v128, dX: usize): void {
  const normal = f32x4.mul(f32x4.sub(read(wide, x + at), mean), scale);
  const d = f32x4.mul(read(wide, dOut + at), read(wide, weight + at));
  write(wide, dX + at, f32x4.mul(scale, f32x4.sub(f32x4.sub(d, average), f32x4.mul(normal, slope))));
}

/** The gradients of `layerNormForward`: `dOut`, `dX` [rows, columns]; `dWeight`, `dBias` [columns]. */
export function layerNormBackward(
  rows: i32, columns: i32, x: usize, weight: usize, means: usize, scales: usize, dOut: usize, dX: usize, dWeight: usize, dBias: usize,
): void {
  const width = (<usize>columns) << 2, wide = wideBytes(columns);
  memory.fill(dWeight, 0, width);
  memory.fill(dBias, 0, width);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const mean = load<f32>(means + (row << 2)), scale = load<f32>(scales + (row << 2));
    const centre = f32x4.splat(mean), factor = f32x4.splat(scale);
    let at: usize = 0;
    let totals = f32x4.splat(0), products = totals;
    for (; at < wide; at += VECTOR) {
      accumulateParameters(true, at, x, dOut, centre, factor, dWeight, dBias);
      const d = f32x4.mul(v128.load(dOut + at), v128.load(weight + at));
      totals = f32x4.add(totals, d);
      products = madd(d, f32x4.sub(v128.load(x + at), centre), products);
    }
    let total = horizontalSum(totals), dot = horizontalSum(products);
    for (; at < width; at += 4) {
      accumulateParameters(false, at, x, dOut, centre, factor, dWeight, dBias);
      const d = load<f32>(dOut + at) * load<f32>(weight + at);
      total += d;
      dot += d * (load<f32>(x + at) - mean);
    }
    const average = f32x4.splat(total / <f32>columns), slope = f32x4.splat((dot * scale) / <f32>columns);
    for (at = 0; at < wide; at += VECTOR) inputGradient(true, at, x, dOut, weight, centre, factor, average, slope, dX);
    for (; at < width; at += 4) inputGradient(false, at, x, dOut, weight, centre, factor, average, slope, dX);
    x += width;
    dOut += width;
    dX += width;
  }
}
