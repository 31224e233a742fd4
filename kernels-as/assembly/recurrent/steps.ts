import { gemv } from "../gemm/gemv";
import { PACK_ROWS } from "../gemm/gemm";
import { pack, packedBytes } from "../gemm/multiply";
import { multiplyPacked } from "../gemm/threaded";

/*
 * What the recurrent kernels share. A batch of sequences is laid out packed, as cuDNN and PyTorch's PackedSequence do: the
 * sequences stand in falling order of length, and the rows of step t are those that have a step t, so that padding costs nothing.
 * `counts` [time] holds the rows of each step; a step's rows follow the last step's.
 */

// @ts-ignore: decorator
@inline
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}

// @ts-ignore: decorator
@inline
export function rowsAt(counts: usize, step: i32): i32 {
  return load<i32>(counts + floats(step));
}

/** The rows of all steps together. */
export function totalRows(counts: usize, time: i32): i32 {
  let rows = 0;
  for (let step = 0; step < time; step++) rows += rowsAt(counts, step);
  return rows;
}

/** Whether the weights are worth packing: not for a single step of a few rows, as when sampling. */
export function worthPacking(counts: usize, time: i32): bool {
  return totalRows(counts, time) >= PACK_ROWS;
}

/** The weights [outputs, inputs] packed for `product`, or 0 when they are used as they are. */
export function packWeights(packing: bool, outputs: i32, inputs: i32, weights: usize): usize {
  if (!packing) return 0;
  const packed = heap.alloc(packedBytes(outputs, inputs));
  pack(true, outputs, inputs, weights, inputs, packed);
  return packed;
}

/** out[rows, outputs] (+)= state[rows, inputs] weights^T + bias, by the packed weights where there are some. */
export function product(
  rows: i32, outputs: i32, inputs: i32, state: usize, weights: usize, packed: usize, bias: usize, out: usize, accumulate: bool,
): void {
  if (packed != 0) multiplyPacked(false, rows, outputs, inputs, state, inputs, packed, bias, out, outputs, accumulate);
  else for (let row = 0; row < rows; row++) gemv(outputs, inputs, weights, inputs, state + <usize>row * floats(inputs), bias, out + <usize>row * floats(outputs), accumulate);
}

/** The weights [outputs, inputs] packed for the product of gradients [rows, outputs] with them. */
export function packForGradient(outputs: i32, inputs: i32, weights: usize): usize {
  const packed = heap.alloc(packedBytes(inputs, outputs));
  pack(false, inputs, outputs, weights, inputs, packed);
  return packed;
}

/** out[rows, inputs] (+)= gradient[rows, outputs] weights, by weights that `packForGradient` packed. */
export function gradientProduct(rows: i32, outputs: i32, inputs: i32, gradient: usize, packed: usize, out: usize, accumulate: bool): void {
  multiplyPacked(false, rows, inputs, outputs, gradient, outputs, packed, 0, out, inputs, accumulate);
}

export function release(packed: usize): void {
  if (packed != 0) heap.free(packed);
}
