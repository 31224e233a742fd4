import { LANES, VECTOR } from "../simd";

/** out[step, i] = source[i, step]: interleaves `rows` rows, `stride` bytes apart: four by four, then two, then one. */
function interleave(rows: i32, depth: i32, source: usize, stride: usize, out: usize, outStride: usize): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) interleaveFew(4, depth, source + <usize>row * stride, stride, out + ((<usize>row) << 2), outStride);
  if (rows & 2) {
    interleaveFew(2, depth, source + <usize>row * stride, stride, out + ((<usize>row) << 2), outStride);
    row += 2;
  }
  if (rows & 1) interleaveFew(1, depth, source + <usize>row * stride, stride, out + ((<usize>row) << 2), outStride);
}

function interleaveFew(rows: i32, depth: i32, source: usize, stride: usize, out: usize, outStride: usize): void {
  if (rows == 4) interleaveRows(4, depth, source, stride, out, outStride);
  else if (rows == 2) interleaveRows(2, depth, source, stride, out, outStride);
  else interleaveRows(1, depth, source, stride, out, outStride);
}

/** Interleaves a constant number of rows, 4, 2 or 1, four steps at a time. */
// @ts-ignore: decorator
@inline
function interleaveRows(rows: i32, depth: i32, source: usize, stride: usize, out: usize, outStride: usize): void {
  let p0 = source, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
  let step = 0;
  for (; step + <i32>LANES <= depth; step += <i32>LANES) {
    const r0 = v128.load(p0);
    if (rows == 1) {
      v128.store_lane<f32>(out, r0, 0);
      v128.store_lane<f32>((out += outStride), r0, 1);
      v128.store_lane<f32>((out += outStride), r0, 2);
      v128.store_lane<f32>((out += outStride), r0, 3);
    } else {
      const r1 = v128.load(p1);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      if (rows == 2) {
        v128.store_lane<i64>(out, low01, 0);
        v128.store_lane<i64>((out += outStride), low01, 1);
        v128.store_lane<i64>((out += outStride), high01, 0);
        v128.store_lane<i64>((out += outStride), high01, 1);
      } else {
        const r2 = v128.load(p2), r3 = v128.load(p3);
        const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
        v128.store((out += outStride), v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
        v128.store((out += outStride), v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
        v128.store((out += outStride), v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
      }
    }
    out += outStride;
    p0 += VECTOR;
    p1 += VECTOR;
    p2 += VECTOR;
    p3 += VECTOR;
  }
  for (; step < depth; step++) {
    store<f32>(out, load<f32>(p0));
    if (rows > 1) store<f32>(out, load<f32>(p1), 4);
    if (rows > 2) {
      store<f32>(out, load<f32>(p2), 8);
      store<f32>(out, load<f32>(p3), 12);
    }
    out += outStride;
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
  }
}

/** Copies `width` numbers, 8 at most. */
// @ts-ignore: decorator
@inline
export function copyFew(width: i32, from: usize, to: usize): void {
  if (width & 8) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
  if (width & 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  if (width & 2) {
    store<i64>(to, load<i64>(from));
    from += 8;
    to += 8;
  }
  if (width & 1) store<f32>(to, load<f32>(from));
}

/** out[step, i] = source[step, i]: copies `width` neighbours of each step, the steps `stride` bytes apart. */
function copySteps(width: i32, depth: i32, source: usize, stride: usize, out: usize, outStride: usize): void {
  for (let step = 0; step < depth; step++) {
    copyFew(width, source, out);
    source += stride;
    out += outStride;
  }
}

/**
 * Lays out one panel as a tile reads it: for each step of depth, `width` numbers, padded with zeros to `padded`.
 * The source holds the panel's lines along its rows (`alongDepth`: a line's numbers are neighbours) or across them.
 */
export function packPanel(width: i32, padded: i32, depth: i32, source: usize, stride: usize, alongDepth: bool, out: usize): void {
  const outStride = (<usize>padded) << 2;
  if (width < padded) memory.fill(out, 0, <usize>depth * outStride);
  if (alongDepth) interleave(width, depth, source, stride, out, outStride);
  else copySteps(width, depth, source, stride, out, outStride);
}
