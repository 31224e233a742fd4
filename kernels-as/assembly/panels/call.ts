import { floats } from "../lanes";
import { parallel, Part, threads } from "../parallel";

/*
 * Products of a few vectors with a matrix that is packed once and used often, as when a model writes. The matrix [outputs, depth] lies in
 * panels of 16 outputs, so that it is read once from end to end, and its numbers meet a vector's without any sum across lanes.
 * Each output is computed alike whichever thread does it and however many vectors there are: the bits do not depend on either.
 */

/** Outputs of a panel: four SIMD vectors. */
export const PANEL: i32 = 16;

/** y[rows, outputs] (+)= x[rows, depth] matrix^T + bias; `ldx` and `ldy` numbers between rows. */
@unmanaged
export class Call {
  rows: i32;
  outputs: i32;
  depth: i32;
  x: usize;
  ldx: i32;
  panels: usize;
  bias: usize;
  y: usize;
  ldy: i32;
  accumulate: bool;
  /** Panels of a part. */
  share: i32;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

/** Bytes of weights that a part is worth: some 2 microseconds. */
const PART_BYTES: f64 = 131072;
/** Parts for each thread: more than one, so that a thread that is held up keeps nobody waiting for long. */
const PARTS_A_THREAD: i32 = 2;

/** How many panels `outputs` take. */
// @ts-ignore: decorator
@inline
export function panelsOf(outputs: i32): i32 {
  return (outputs + PANEL - 1) / PANEL;
}

/** The one call under way, to be made by `run`. */
export function newCall(rows: i32, outputs: i32, depth: i32, x: usize, ldx: i32, panels: usize, bias: usize, y: usize, ldy: i32, accumulate: bool): Call {
  const call = changetype<Call>(CALL);
  call.rows = rows;
  call.outputs = outputs;
  call.depth = depth;
  call.x = x;
  call.ldx = ldx;
  call.panels = panels;
  call.bias = bias;
  call.y = y;
  call.ldy = ldy;
  call.accumulate = accumulate;
  return call;
}

/** Does a call by all threads; `bytes` of a panel. */
export function run(part: Part, call: Call, bytes: usize): void {
  const panels = panelsOf(call.outputs);
  const worth = <f64>panels * <f64>bytes * <f64>call.rows / PART_BYTES;
  const parts = threads() == 1 ? 1 : max(1, min(threads() * PARTS_A_THREAD, <i32>min(worth, 1000)));
  call.share = max(1, (panels + parts - 1) / parts);
  parallel(part, CALL, (panels + call.share - 1) / call.share);
}

/** Takes up to four outputs from a vector: y[0..count) (+)= v + bias. */
// @ts-ignore: decorator
@inline
export function finish(count: i32, v: v128, bias: usize, y: usize, accumulate: bool): void {
  if (count >= 4) {
    if (bias != 0) v = f32x4.add(v, v128.load(bias));
    if (accumulate) v = f32x4.add(v, v128.load(y));
    v128.store(y, v);
  } else finishFew(count, v, bias, y, accumulate);
}

function finishFew(count: i32, v: v128, bias: usize, y: usize, accumulate: bool): void {
  for (let i: usize = 0; i < floats(max(count, 0)); i += 4) {
    let one = f32x4.extract_lane(v, 0);
    if (bias != 0) one += load<f32>(bias + i);
    if (accumulate) one += load<f32>(y + i);
    store<f32>(y + i, one);
    v = v128.shuffle<f32>(v, v, 1, 2, 3, 0);
  }
}
