import { floats } from "../lanes";
import { PACK_ROWS } from "../gemm/gemm";
import { gemv } from "../gemm/gemv";
import { gevm } from "../gemm/gevm";
import { multiplyRows, pack } from "../gemm/multiply";
import { parallel, threads } from "../parallel";
import { Block, blockBytes, byKeys, moveTo, ownBlock, weigh } from "./block";
import { BLOCK, CALL, Call, keyStride, lengthOf, queryStride } from "./call";

/** out[rows, features] = the block's weights by the values; zeros where no query sees a key. */
function readValues(call: Call, block: Block, values: usize, out: usize): void {
  const stride = queryStride(call);
  const to = out + floats(block.first * stride);
  if (block.span == 0) {
    for (let row = 0; row < block.rows; row++) memory.fill(to + floats(row * stride), 0, floats(call.features));
    return;
  }
  pack(false, call.features, block.span, values + floats(block.start * keyStride(call)), keyStride(call), block.packed);
  multiplyRows(false, block.rows, call.features, block.span, block.weights, block.span, block.packed, 0, to, stride, false);
}

/** As many queries as are not worth packing keys and values for: one, where a model writes. */
function readFew(call: Call, block: Block, head: i32, query: usize, keys: usize, values: usize, logSums: usize, out: usize): void {
  const stride = floats(queryStride(call)), row = floats(block.span), start = floats(block.start * keyStride(call));
  for (let i: usize = 0; i < <usize>block.rows; i++) {
    gemv(block.span, call.features, keys + start, keyStride(call), query + i * stride, 0, block.weights + i * row, false);
  }
  weigh(false, call, block, head, logSums);
  for (let i: usize = 0; i < <usize>block.rows; i++) {
    gevm(call.features, block.span, block.weights + i * row, values + start, keyStride(call), 0, out + i * stride, false);
  }
}

function forwardPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const sequence = index / call.keyValueHeads, shared = index % call.keyValueHeads;
  const group = call.heads / call.keyValueHeads;
  const keys = call.keyValues + floats(sequence * call.keys * keyStride(call) + shared * call.features);
  const values = keys + floats(call.keyValueHeads * call.features);
  const block = ownBlock(call);
  block.length = lengthOf(call, sequence);
  const few = call.queries < PACK_ROWS;
  if (!few) pack(true, call.keys, call.features, keys, keyStride(call), block.packedKeys);
  for (let head = shared * group; head < (shared + 1) * group; head++) {
    const offset = floats(sequence * call.queries * queryStride(call) + head * call.features);
    const logSums = call.logSums + floats((sequence * call.heads + head) * call.queries);
    for (let first = 0; first < call.queries; first += BLOCK) {
      moveTo(call, block, first);
      if (few) {
        readFew(call, block, head, call.query + offset, keys, values, logSums, call.out + offset);
        continue;
      }
      if (block.span > 0) byKeys(call, block, call.query + offset, block.packedKeys, block.weights);
      weigh(false, call, block, head, logSums);
      readValues(call, block, values, call.out + offset);
    }
  }
}

/**
 * `query`, `out` [batch, queries, heads * features]; `keyValues` [batch, keys, 2 * keyValueHeads * features]. `window`, `slopes` and
 * `lengths` may be 0 for none; see `Call`. `logSums` [batch, heads, queries]: out, what the backward pass wants.
 */
export function attentionForward(
  batch: i32, heads: i32, keyValueHeads: i32, queries: i32, keys: i32, features: i32, causal: bool, window: i32, slopes: usize, lengths: usize,
  query: usize, keyValues: usize, out: usize, logSums: usize,
): void {
  const call = describe(heads, keyValueHeads, queries, keys, features, causal, window, slopes, lengths, query, keyValues, logSums);
  call.out = out;
  parallel(forwardPart, CALL, batch * keyValueHeads);
  heap.free(call.scratch);
}

/** Writes down a call, with scratch for every thread. */
export function describe(
  heads: i32, keyValueHeads: i32, queries: i32, keys: i32, features: i32, causal: bool, window: i32, slopes: usize, lengths: usize,
  query: usize, keyValues: usize, logSums: usize,
): Call {
  const call = changetype<Call>(CALL);
  call.heads = heads;
  call.keyValueHeads = keyValueHeads;
  call.queries = queries;
  call.keys = keys;
  call.features = features;
  call.causal = causal;
  call.window = window;
  call.scale = 1 / sqrt<f32>(<f32>features);
  call.slopes = slopes;
  call.lengths = lengths;
  call.query = query;
  call.keyValues = keyValues;
  call.logSums = logSums;
  call.scratchBytes = (blockBytes(keys, features) + 63) & ~63;
  call.scratch = heap.alloc(<usize>threads() * call.scratchBytes);
  return call;
}
