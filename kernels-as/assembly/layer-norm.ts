import { read, wideBytes, write } from "./lanes";
import { parallel } from "./parallel";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { sum, sumColumns } from "./reduce";
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

/** A call; a part has some of the rows. */
@unmanaged
class Call extends Range {
  columns: i32;
  x: usize;
  weight: usize;
  bias: usize;
  epsilon: f32;
  out: usize;
  means: usize;
  scales: usize;
  dOut: usize;
  dX: usize;
  /** [blocks, 2, columns]: what each block of rows adds to the gradients of weight and bias. */
  sums: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

/** Rows whose gradients are summed by themselves: always as many, so that the sums do not depend on who does them. */
const BLOCK: i32 = 64;

function forwardPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const columns = c.columns, width = (<usize>columns) << 2, wide = wideBytes(columns);
  const first = <usize>firstOf(c, index);
  let x = c.x + first * width, out = c.out + first * width;
  for (let row = first; row < first + <usize>countOf(c, index); row++) {
    const mean = sum(columns, x) / <f32>columns;
    const scale: f32 = 1 / sqrt<f32>(scatter(columns, x, mean) / <f32>columns + c.epsilon);
    store<f32>(c.means + (row << 2), mean);
    store<f32>(c.scales + (row << 2), scale);
    const centre = f32x4.splat(mean), factor = f32x4.splat(scale);
    let at: usize = 0;
    for (; at < wide; at += VECTOR) standardise(true, x + at, centre, factor, c.weight + at, c.bias + at, out + at);
    for (; at < width; at += 4) standardise(false, x + at, centre, factor, c.weight + at, c.bias + at, out + at);
    x += width;
    out += width;
  }
}

/** `x`, `out` [rows, columns]; `weight`, `bias` [columns]; `means`, `scales` [rows]: out, each row's mean and 1 / deviation. */
export function layerNormForward(rows: i32, columns: i32, x: usize, weight: usize, bias: usize, epsilon: f32, out: usize, means: usize, scales: usize): void {
  const c = changetype<Call>(CALL);
  c.columns = columns;
  c.x = x;
  c.weight = weight;
  c.bias = bias;
  c.epsilon = epsilon;
  c.out = out;
  c.means = means;
  c.scales = scales;
  overLines(forwardPart, CALL, rows, columns, 1);
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

function backwardPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const columns = c.columns, width = (<usize>columns) << 2, wide = wideBytes(columns);
  const weight = c.weight, dWeight = c.sums + 2 * <usize>index * width, dBias = dWeight + width;
  memory.fill(dWeight, 0, 2 * width);
  const first = <usize>(index * BLOCK), end = <usize>min(c.lines, (index + 1) * BLOCK);
  let x = c.x + first * width, dOut = c.dOut + first * width, dX = c.dX + first * width;
  for (let row = first; row < end; row++) {
    const mean = load<f32>(c.means + (row << 2)), scale = load<f32>(c.scales + (row << 2));
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

/** The gradients of `layerNormForward`: `dOut`, `dX` [rows, columns]; `dWeight`, `dBias` [columns]. */
export function layerNormBackward(
  rows: i32, columns: i32, x: usize, weight: usize, means: usize, scales: usize, dOut: usize, dX: usize, dWeight: usize, dBias: usize,
): void {
  const c = changetype<Call>(CALL);
  c.lines = rows;
  c.columns = columns;
  c.x = x;
  c.weight = weight;
  c.means = means;
  c.scales = scales;
  c.dOut = dOut;
  c.dX = dX;
  const blocks = (rows + BLOCK - 1) / BLOCK, width = (<usize>columns) << 2;
  c.sums = heap.alloc(max(16, <usize>blocks * 2 * width));
  parallel(backwardPart, CALL, blocks);
  memory.fill(dWeight, 0, width);
  memory.fill(dBias, 0, width);
  for (let block = 0; block < blocks; block++) {
    const sums = c.sums + 2 * <usize>block * width;
    sumColumns(1, columns, sums, dWeight, true);
    sumColumns(1, columns, sums + width, dBias, true);
  }
  heap.free(c.sums);
}
