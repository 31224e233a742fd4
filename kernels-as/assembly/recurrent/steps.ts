import { floats } from "../lanes";
import { PACK_ROWS } from "../gemm/gemm";
import { gemv } from "../gemm/gemv";
import { multiplyRows, packedBytes } from "../gemm/multiply";
import { packAll } from "../gemm/threaded";
import { parallel, Part, threads } from "../parallel";

/*
 * What the recurrent kernels share. A batch of sequences is laid out packed, as cuDNN and PyTorch's PackedSequence do: the
 * sequences stand in falling order of length, and the rows of step t are those that have a step t, so that padding costs nothing.
 * `counts` [time] holds the rows of each step; a step's rows follow the last step's.
 *
 * Sequences do not know of each other: threads take some of them each, from the first step to the last, and meet at the end only.
 */

/** One pass over a batch, forward or backward. What a kernel does not need stays as it was. */
@unmanaged
export class Pass {
  time: i32;
  hidden: i32;
  relu: bool;
  counts: usize;
  weights: usize;
  /** The weights packed for the products of this pass, or 0 where they are used as they are. */
  packed: usize;
  bias: usize;
  gates: usize;
  h: usize;
  c: usize;
  previous: usize;
  /** An LSTM's cells, a GRU's candidates. */
  extra: usize;
  outputs: usize;
  dOutputs: usize;
  dh: usize;
  dc: usize;
  dInput: usize;
  dRecurrent: usize;
  /** [batch, gates * hidden] */
  scratch: usize;
  /** Sequences of a part. */
  share: i32;
}

const PASS: usize = memory.data(offsetof<Pass>(), 16);

/** Multiplications that are worth a second thread. */
const WORTH_SHARING: f64 = 200000;

/** The one pass under way, to be filled in. */
export function newPass(time: i32, hidden: i32, counts: usize, weights: usize): Pass {
  const pass = changetype<Pass>(PASS);
  pass.time = time;
  pass.hidden = hidden;
  pass.counts = counts;
  pass.weights = weights;
  return pass;
}

// @ts-ignore: decorator
@inline
export function rowsAt(counts: usize, step: i32): i32 {
  return load<i32>(counts + floats(step));
}

/** The sequences of a batch. */
export function batchOf(pass: Pass): i32 {
  return pass.time > 0 ? rowsAt(pass.counts, 0) : 0;
}

/** The rows of all steps together. */
export function totalRows(pass: Pass): i32 {
  let rows = 0;
  for (let step = 0; step < pass.time; step++) rows += rowsAt(pass.counts, step);
  return rows;
}

/** Which of a step's `rows` belong to the part that starts at sequence `first`. */
// @ts-ignore: decorator
@inline
export function ownRows(pass: Pass, rows: i32, first: i32): i32 {
  return max(0, min(pass.share, rows - first));
}

/** Does a pass by all threads; `gates` rows of weights for each hidden unit. */
export function run(part: Part, pass: Pass, gates: i32): void {
  const batch = batchOf(pass);
  const work = <f64>totalRows(pass) * <f64>(gates * pass.hidden) * <f64>pass.hidden;
  const parts = work > WORTH_SHARING ? max(1, min(threads(), batch)) : 1;
  pass.share = max(1, (batch + parts - 1) / parts);
  parallel(part, PASS, (batch + pass.share - 1) / pass.share);
}

/** Packs the weights [gates * hidden, hidden] for `product`, unless there are but a few rows, as when sampling. */
export function packWeights(pass: Pass, gates: i32): void {
  pass.packed = 0;
  if (totalRows(pass) < PACK_ROWS) return;
  pass.packed = heap.alloc(packedBytes(gates * pass.hidden, pass.hidden));
  packAll(true, gates * pass.hidden, pass.hidden, pass.weights, pass.hidden, pass.packed);
}

/** out[rows, gates * hidden] (+)= state[rows, hidden] weights^T + bias. */
export function product(pass: Pass, gates: i32, rows: i32, state: usize, bias: usize, out: usize, accumulate: bool): void {
  const hidden = pass.hidden, outputs = gates * hidden;
  if (pass.packed != 0) multiplyRows(false, rows, outputs, hidden, state, hidden, pass.packed, bias, out, outputs, accumulate);
  else for (let row = 0; row < rows; row++) gemv(outputs, hidden, pass.weights, hidden, state + <usize>row * floats(hidden), bias, out + <usize>row * floats(outputs), accumulate);
}

/** Packs the weights for `gradientProduct`. */
export function packForGradient(pass: Pass, gates: i32): void {
  pass.packed = heap.alloc(packedBytes(pass.hidden, gates * pass.hidden));
  packAll(false, pass.hidden, gates * pass.hidden, pass.weights, pass.hidden, pass.packed);
}

/** out[rows, hidden] (+)= gradient[rows, gates * hidden] weights. */
export function gradientProduct(pass: Pass, gates: i32, rows: i32, gradient: usize, out: usize, accumulate: bool): void {
  const hidden = pass.hidden;
  multiplyRows(false, rows, hidden, gates * hidden, gradient, gates * hidden, pass.packed, 0, out, hidden, accumulate);
}

export function release(pass: Pass): void {
  if (pass.packed != 0) heap.free(pass.packed);
}
