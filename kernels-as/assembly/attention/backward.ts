import { multiplyRows, pack } from "../gemm/multiply";
import { floats, wideBytes } from "../lanes";
import { parallel } from "../parallel";
import { horizontalSum, madd, VECTOR } from "../simd";
import { Block, byKeys, moveTo, ownBlock, weigh } from "./block";
import { BLOCK, CALL, Call, keyStride, lengthOf, queryStride } from "./call";
import { describe } from "./forward";

/** The sum of the products of two rows. */
function dot(count: i32, a: usize, b: usize): f32 {
  const end = a + floats(count), wide = a + wideBytes(count);
  let sums = f32x4.splat(0);
  for (; a < wide; a += VECTOR, b += VECTOR) sums = madd(v128.load(a), v128.load(b), sums);
  let sum = horizontalSum(sums);
  for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

/** Softmax's gradient: each row of gradients becomes weights * (gradients - the row's weighted mean) * scale. */
function throughSoftmax(block: Block, scale: f32): void {
  for (let row = 0; row < block.rows; row++) {
    let weights = block.weights + floats(row * block.span), gradients = block.gradients + floats(row * block.span);
    const average = dot(block.span, weights, gradients);
    const mean = f32x4.splat(average), factor = f32x4.splat(scale);
    const end = weights + floats(block.span), wide = weights + wideBytes(block.span);
    for (; weights < wide; weights += VECTOR, gradients += VECTOR)
      v128.store(gradients, f32x4.mul(f32x4.mul(v128.load(weights), f32x4.sub(v128.load(gradients), mean)), factor));
    for (; weights < end; weights += 4, gradients += 4) store<f32>(gradients, load<f32>(weights) * (load<f32>(gradients) - average) * scale);
  }
}

/** to[span, features] += the transpose of left [rows, span] by the block's rows of `right` [queries, heads * features]. */
function addToKeys(call: Call, block: Block, left: usize, right: usize, to: usize): void {
  pack(false, call.features, block.rows, right + floats(block.first * queryStride(call)), queryStride(call), block.packed);
  multiplyRows(
    true, block.span, call.features, block.rows, left, block.span, block.packed, 0, to + floats(block.start * keyStride(call)), keyStride(call), true,
  );
}

function backwardPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const sequence = index / call.keyValueHeads, shared = index % call.keyValueHeads;
  const group = call.heads / call.keyValueHeads, stride = queryStride(call);
  const keyOffset = floats(sequence * call.keys * keyStride(call) + shared * call.features), toValues = floats(call.keyValueHeads * call.features);
  const keys = call.keyValues + keyOffset, dKeys = call.dKeyValues + keyOffset;
  const block = ownBlock(call);
  block.length = lengthOf(call, sequence);
  pack(true, call.keys, call.features, keys, keyStride(call), block.packedKeys);
  pack(true, call.keys, call.features, keys + toValues, keyStride(call), block.packedValues);
  for (let head = shared * group; head < (shared + 1) * group; head++) {
    const offset = floats(sequence * call.queries * stride + head * call.features);
    const query = call.query + offset, dOut = call.dOut + offset, dQuery = call.dQuery + offset;
    const logSums = call.logSums + floats((sequence * call.heads + head) * call.queries);
    for (let first = 0; first < call.queries; first += BLOCK) {
      moveTo(call, block, first);
      const to = dQuery + floats(first * stride);
      if (block.span == 0) {
        for (let row = 0; row < block.rows; row++) memory.fill(to + floats(row * stride), 0, floats(call.features));
        continue;
      }
      byKeys(call, block, query, block.packedKeys, block.weights);
      weigh(true, call, block, head, logSums);
      byKeys(call, block, dOut, block.packedValues, block.gradients);
      addToKeys(call, block, block.weights, dOut, dKeys + toValues);
      throughSoftmax(block, call.scale);
      addToKeys(call, block, block.gradients, query, dKeys);
      pack(false, call.features, block.span, keys + floats(block.start * keyStride(call)), keyStride(call), block.packed);
      multiplyRows(false, block.rows, call.features, block.span, block.gradients, block.span, block.packed, 0, to, stride, false);
    }
  }
}

/** The gradients of `attentionForward`: `dOut`, `dQuery` [batch, queries, heads * features], `dKeyValues` as `keyValues`. */
export function attentionBackward(
  batch: i32, heads: i32, keyValueHeads: i32, queries: i32, keys: i32, features: i32, causal: bool, window: i32, slopes: usize, lengths: usize,
  query: usize, keyValues: usize, logSums: usize, dOut: usize, dQuery: usize, dKeyValues: usize,
): void {
  const call = describe(heads, keyValueHeads, queries, keys, features, causal, window, slopes, lengths, query, keyValues, logSums);
  call.dOut = dOut;
  call.dQuery = dQuery;
  call.dKeyValues = dKeyValues;
  memory.fill(dKeyValues, 0, floats(batch * keys) * <usize>keyStride(call));
  parallel(backwardPart, CALL, batch * keyValueHeads);
  heap.free(call.scratch);
}
