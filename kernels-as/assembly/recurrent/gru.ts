import { floats, read, wideBytes, write } from "../lanes";
import { one4, sigmoid4, tanh4 } from "../math";
import { madd, VECTOR } from "../simd";
import { batchOf, gradientProduct, newPass, ownRows, packForGradient, packWeights, Pass, product, release, rowsAt, run, totalRows } from "./steps";

/*
 * Cho et al. 2014, with the reset gate after the product, as cuDNN, PyTorch and Keras have it. Gates, each [hidden]: r, z, n.
 *   n = tanh(x_n + r * m),  m = W_n h + b_n,  h' = (1 - z) * n + z * h
 */

// @ts-ignore: decorator
@inline
function forwardGates(wide: bool, at: usize, gates: usize, width: usize, recurrent: usize, h: usize, candidate: usize, out: usize): void {
  const m = read(wide, recurrent + 2 * width + at);
  const r = sigmoid4(f32x4.add(read(wide, gates + at), read(wide, recurrent + at)));
  const z = sigmoid4(f32x4.add(read(wide, gates + width + at), read(wide, recurrent + width + at)));
  const n = tanh4(madd(r, m, read(wide, gates + 2 * width + at)));
  const hidden = madd(z, f32x4.sub(read(wide, h + at), n), n);
  write(wide, gates + at, r);
  write(wide, gates + width + at, z);
  write(wide, gates + 2 * width + at, n);
  write(wide, candidate + at, m);
  write(wide, h + at, hidden);
  write(wide, out + at, hidden);
}

function forwardPart(context: usize, index: i32): void {
  const pass = changetype<Pass>(context);
  const first = index * pass.share, width = floats(pass.hidden), wide = wideBytes(pass.hidden);
  const state = <usize>first * width, recurrent = pass.scratch + 3 * state;
  let before = 0;
  for (let step = 0; step < pass.time; step++) {
    const all = rowsAt(pass.counts, step), rows = ownRows(pass, all, first);
    // Sequences stand in falling order of length: these have all ended. (To copy nothing from beyond the memory's end would trap.)
    if (rows == 0) return;
    const place = <usize>(before + first) * width;
    memory.copy(pass.previous + place, pass.h + state, <usize>rows * width);
    product(pass, 3, rows, pass.previous + place, pass.bias, recurrent, false);
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const gates = pass.gates + 3 * (place + row), products = recurrent + 3 * row, h = pass.h + state + row;
      const candidates = pass.extra + place + row, outputs = pass.outputs + place + row;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) forwardGates(true, at, gates, width, products, h, candidates, outputs);
      for (; at < width; at += 4) forwardGates(false, at, gates, width, products, h, candidates, outputs);
    }
    before += all;
  }
}

/**
 * Runs a GRU over a packed batch of sequences. With n the sum of `counts`:
 * `gates` [n, 3 hidden]: in, the input's part of the pre-activations with its bias; out, the gates' activations.
 * `weights` [3 hidden, hidden]; `bias` [3 hidden] or 0: the recurrent bias. `h` [batch, hidden]: in, the initial state; out, the last.
 * `previous`, `candidates`, `outputs` [n, hidden]: out, the hidden state before each step, m above, and the hidden state after it.
 */
export function gruForward(
  time: i32, hidden: i32, counts: usize, gates: usize, weights: usize, bias: usize, h: usize, previous: usize, candidates: usize, outputs: usize,
): void {
  const pass = newPass(time, hidden, counts, weights);
  pass.gates = gates;
  pass.bias = bias;
  pass.h = h;
  pass.previous = previous;
  pass.extra = candidates;
  pass.outputs = outputs;
  pass.scratch = heap.alloc(max(16, <usize>batchOf(pass) * 3 * floats(hidden)));
  packWeights(pass, 3);
  run(forwardPart, pass, 3);
  release(pass);
  heap.free(pass.scratch);
}

/**
 * One step of `rows` sequences: `gates` [rows, 3 hidden]: in, the input's part of the pre-activations; out, the activations.
 * `recurrent` [rows, 3 hidden]: the hidden state's part. `h` [rows, hidden]: in, the state; out, the next.
 */
export function gruCells(rows: i32, hidden: i32, gates: usize, recurrent: usize, h: usize): void {
  const width = floats(hidden), wide = wideBytes(hidden);
  for (let row: usize = 0; row < <usize>rows * width; row += width) {
    const products = recurrent + 3 * row;
    let at: usize = 0;
    for (; at < wide; at += VECTOR) forwardGates(true, at, gates + 3 * row, width, products, h + row, products + 2 * width, h + row);
    for (; at < width; at += 4) forwardGates(false, at, gates + 3 * row, width, products, h + row, products + 2 * width, h + row);
  }
}

// @ts-ignore: decorator
@inline
function backwardGates(wide: bool, at: usize, gates: usize, width: usize, candidate: usize, before: usize, dOutput: usize, dh: usize, dInput: usize, dRecurrent: usize): void {
  const one = one4();
  const r = read(wide, gates + at), z = read(wide, gates + width + at), n = read(wide, gates + 2 * width + at);
  const dHidden = f32x4.add(read(wide, dOutput + at), read(wide, dh + at));
  const dCandidate = f32x4.mul(f32x4.mul(dHidden, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(n, n)));
  const dReset = f32x4.mul(f32x4.mul(dCandidate, read(wide, candidate + at)), f32x4.mul(r, f32x4.sub(one, r)));
  const dUpdate = f32x4.mul(f32x4.mul(dHidden, f32x4.sub(read(wide, before + at), n)), f32x4.mul(z, f32x4.sub(one, z)));
  write(wide, dInput + at, dReset);
  write(wide, dInput + width + at, dUpdate);
  write(wide, dInput + 2 * width + at, dCandidate);
  write(wide, dRecurrent + at, dReset);
  write(wide, dRecurrent + width + at, dUpdate);
  write(wide, dRecurrent + 2 * width + at, f32x4.mul(dCandidate, r));
  write(wide, dh + at, f32x4.mul(dHidden, z));
}

function backwardPart(context: usize, index: i32): void {
  const pass = changetype<Pass>(context);
  const first = index * pass.share, width = floats(pass.hidden), wide = wideBytes(pass.hidden);
  let end = totalRows(pass);
  for (let step = pass.time - 1; step >= 0; step--) {
    const all = rowsAt(pass.counts, step), rows = ownRows(pass, all, first);
    const place = <usize>(end - all + first) * width, state = <usize>first * width;
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const gates = pass.gates + 3 * (place + row), candidate = pass.extra + place + row, before = pass.previous + place + row;
      const dOutput = pass.dOutputs + place + row, dh = pass.dh + state + row;
      const dInput = pass.dInput + 3 * (place + row), dRecurrent = pass.dRecurrent + 3 * (place + row);
      let at: usize = 0;
      for (; at < wide; at += VECTOR) backwardGates(true, at, gates, width, candidate, before, dOutput, dh, dInput, dRecurrent);
      for (; at < width; at += 4) backwardGates(false, at, gates, width, candidate, before, dOutput, dh, dInput, dRecurrent);
    }
    gradientProduct(pass, 3, rows, pass.dRecurrent + 3 * place, pass.dh + state, true);
    end -= all;
  }
}

/**
 * Backpropagation through time for `gruForward`, from what it left in `gates`, `previous` and `candidates`.
 * `dOutputs` [n, hidden]. `dh` [batch, hidden]: in, the gradient of the last state; out, that of the initial one.
 * `dInput`, `dRecurrent` [n, 3 hidden]: out, the gradients of the input's and of the hidden state's part of the pre-activations.
 */
export function gruBackward(
  time: i32, hidden: i32, counts: usize, gates: usize, weights: usize, previous: usize, candidates: usize,
  dOutputs: usize, dh: usize, dInput: usize, dRecurrent: usize,
): void {
  const pass = newPass(time, hidden, counts, weights);
  pass.gates = gates;
  pass.previous = previous;
  pass.extra = candidates;
  pass.dOutputs = dOutputs;
  pass.dh = dh;
  pass.dInput = dInput;
  pass.dRecurrent = dRecurrent;
  packForGradient(pass, 3);
  run(backwardPart, pass, 3);
  release(pass);
}
