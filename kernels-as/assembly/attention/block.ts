import { multiplyRows } from "../gemm/multiply";
import { BLOCK_DEPTH } from "../gemm/scratch";
import { floats, read, wideBytes, write } from "../lanes";
import { expFalling4 } from "../math";
import { thisThread } from "../parallel";
import { largest } from "../reduce";
import { horizontalSum, VECTOR } from "../simd";
import { BLOCK, Call, endKey, firstKey, padded, placeOf, queryStride } from "./call";

/** A block of one head's queries and the keys that any of them sees, with the buffers of the thread that works on it. */
@unmanaged
export class Block {
  /** The first query, and how many there are. */
  first: i32;
  rows: i32;
  /** The first key, a multiple of 8 as packed panels are, and how many there are. */
  start: i32;
  span: i32;
  /** How many of the sequence's keys are no padding. */
  length: i32;
  /** [BLOCK, keys]: the scores, then the weights. */
  weights: usize;
  /** [BLOCK, keys]: the weights' gradients, then the scores'. */
  gradients: usize;
  /** All keys, and all values, packed as columns. */
  packedKeys: usize;
  packedValues: usize;
  /** Whatever else is multiplied by, packed. */
  packed: usize;
}

/** Bytes of one thread's block and buffers. */
export function blockBytes(keys: i32, features: i32): usize {
  const panels = floats(padded(keys) * features);
  return 64 + 2 * floats(BLOCK * padded(keys)) + 2 * panels + floats(padded(features) * max(keys, BLOCK));
}

/** The block of this thread, its buffers laid out in the call's scratch. */
export function ownBlock(call: Call): Block {
  const at = call.scratch + <usize>thisThread() * call.scratchBytes;
  const block = changetype<Block>(at);
  const square = floats(BLOCK * padded(call.keys)), panels = floats(padded(call.keys) * call.features);
  block.weights = at + 64;
  block.gradients = block.weights + square;
  block.packedKeys = block.gradients + square;
  block.packedValues = block.packedKeys + panels;
  block.packed = block.packedValues + panels;
  return block;
}

/** Sets which queries the block has, and with them which keys. */
export function moveTo(call: Call, block: Block, first: i32): void {
  block.first = first;
  block.rows = min(BLOCK, call.queries - first);
  block.start = firstKey(call, placeOf(call, first)) & ~7;
  block.span = max(0, endKey(call, placeOf(call, first + block.rows - 1), block.length) - block.start);
}

/**
 * out[rows, span] = the block's rows of `left` [queries, heads * features] by the block's among all keys, or values, that are packed.
 * The features go by blocks of depth, as they are packed: those of all keys stand before the next block's.
 */
export function byKeys(call: Call, block: Block, left: usize, packed: usize, out: usize): void {
  const from = left + floats(block.first * queryStride(call));
  for (let start = 0; start < call.features; start += BLOCK_DEPTH) {
    const steps = min(BLOCK_DEPTH, call.features - start);
    const panels = packed + floats(padded(call.keys) * start + block.start * steps);
    multiplyRows(false, block.rows, block.span, steps, from + floats(start), queryStride(call), panels, 0, out, block.span, start > 0);
  }
}

// @ts-ignore: decorator
@inline
function exponentials(wide: bool, row: usize, shift: v128, factor: v128): v128 {
  const e = expFalling4(f32x4.mul(f32x4.sub(read(wide, row), shift), factor));
  write(wide, row, e);
  return e;
}

/** row = exp((row - offset) * scale); gives the sum. */
function exponentiate(count: i32, row: usize, offset: f32, scale: f32): f32 {
  const shift = f32x4.splat(offset), factor = f32x4.splat(scale);
  const end = row + floats(count), wide = row + wideBytes(count);
  let sums = f32x4.splat(0);
  for (; row < wide; row += VECTOR) sums = f32x4.add(sums, exponentials(true, row, shift, factor));
  let sum = horizontalSum(sums);
  for (; row < end; row += 4) sum += f32x4.extract_lane(exponentials(false, row, shift, factor), 0);
  return sum;
}

function scaleRow(count: i32, row: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  const end = row + floats(count), wide = row + wideBytes(count);
  for (; row < wide; row += VECTOR) v128.store(row, f32x4.mul(v128.load(row), by));
  for (; row < end; row += 4) store<f32>(row, load<f32>(row) * factor);
}

/** Takes ALiBi's penalty for distance off scores that are not scaled yet: `slope` a place, in their unit. */
function penalise(count: i32, row: usize, slope: f32, distance: i32): void {
  for (let i = 0; i < count; i++) {
    const at = row + floats(i);
    store<f32>(at, load<f32>(at) - slope * <f32>abs(distance - i));
  }
}

/**
 * Makes weights of the block's scores: of each row, softmax over what its query sees, zeros elsewhere. `logSums` [queries] takes the
 * logarithms of the sums of exponentials ("again": gives them, and saves finding them).
 */
export function weigh(again: bool, call: Call, block: Block, head: i32, logSums: usize): void {
  const slope: f32 = call.slopes == 0 ? 0 : load<f32>(call.slopes + floats(head)) / call.scale;
  for (let row = 0; row < block.rows; row++) {
    const place = placeOf(call, block.first + row), at = logSums + floats(block.first + row);
    const from = max(firstKey(call, place), block.start), end = max(from, endKey(call, place, block.length));
    const line = block.weights + floats(row * block.span), seen = line + floats(from - block.start);
    const count = min(end, block.start + block.span) - from;
    if (count > 0) {
      if (slope != 0) penalise(count, seen, slope, place - from);
      if (again) exponentiate(count, seen, load<f32>(at) / call.scale, call.scale);
      else {
        const offset = largest(count, seen);
        const sum = exponentiate(count, seen, offset, call.scale);
        store<f32>(at, offset * call.scale + <f32>Math.log(sum));
        scaleRow(count, seen, 1 / sum);
      }
    } else if (!again) store<f32>(at, 0);
    const kept = max(0, count);
    memory.fill(line, 0, floats(min(block.span, from - block.start)));
    if (from - block.start + kept < block.span) memory.fill(seen + floats(kept), 0, floats(block.span - (from - block.start) - kept));
  }
}
