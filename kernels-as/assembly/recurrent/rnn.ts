import { floats, read, wideBytes, write } from "../lanes";
import { one4, tanh4 } from "../math";
import { VECTOR } from "../simd";
import { gradientProduct, newPass, ownRows, packForGradient, packWeights, Pass, product, release, rowsAt, run, totalRows } from "./steps";

/* Elman 1990: h' = tanh(x + W h), or relu. */

// @ts-ignore: decorator
@inline
function forwardUnits(wide: bool, at: usize, relu: bool, outputs: usize, h: usize): void {
  const x = read(wide, outputs + at);
  const hidden = relu ? f32x4.max(x, f32x4.splat(0)) : tanh4(x);
  write(wide, h + at, hidden);
  write(wide, outputs + at, hidden);
}

function forwardPart(context: usize, index: i32): void {
  const pass = changetype<Pass>(context);
  const first = index * pass.share, width = floats(pass.hidden), wide = wideBytes(pass.hidden);
  let before = 0;
  for (let step = 0; step < pass.time; step++) {
    const all = rowsAt(pass.counts, step), rows = ownRows(pass, all, first);
    // Sequences stand in falling order of length: these have all ended. (To copy nothing from beyond the memory's end would trap.)
    if (rows == 0) return;
    const place = <usize>(before + first) * width, state = <usize>first * width;
    memory.copy(pass.previous + place, pass.h + state, <usize>rows * width);
    product(pass, 1, rows, pass.previous + place, 0, pass.outputs + place, true);
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const outputs = pass.outputs + place + row, h = pass.h + state + row;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) forwardUnits(true, at, pass.relu, outputs, h);
      for (; at < width; at += 4) forwardUnits(false, at, pass.relu, outputs, h);
    }
    before += all;
  }
}

/**
 * Runs a plain recurrent net over a packed batch of sequences. With n the sum of `counts`:
 * `outputs` [n, hidden]: in, the input's part of the pre-activations with the biases; out, the hidden states.
 * `weights` [hidden, hidden]. `h` [batch, hidden]: in, the initial state; out, the last.
 * `previous` [n, hidden]: out, the hidden state before each step.
 */
export function rnnForward(time: i32, hidden: i32, relu: bool, counts: usize, outputs: usize, weights: usize, h: usize, previous: usize): void {
  const pass = newPass(time, hidden, counts, weights);
  pass.relu = relu;
  pass.outputs = outputs;
  pass.h = h;
  pass.previous = previous;
  packWeights(pass, 1);
  run(forwardPart, pass, 1);
  release(pass);
}

/** One step of `rows` sequences, from whole pre-activations: `outputs` [rows, hidden], out: the hidden states, as in `h` [rows, hidden]. */
export function rnnCells(rows: i32, hidden: i32, relu: bool, outputs: usize, h: usize): void {
  const bytes = <usize>rows * floats(hidden), wide = wideBytes(rows * hidden);
  let at: usize = 0;
  for (; at < wide; at += VECTOR) forwardUnits(true, at, relu, outputs, h);
  for (; at < bytes; at += 4) forwardUnits(false, at, relu, outputs, h);
}

// @ts-ignore: decorator
@inline
function backwardUnits(wide: bool, at: usize, relu: bool, output: usize, dOutput: usize, dh: usize, out: usize): void {
  const h = read(wide, output + at);
  const dHidden = f32x4.add(read(wide, dOutput + at), read(wide, dh + at));
  const slope = relu ? v128.and(f32x4.gt(h, f32x4.splat(0)), one4()) : f32x4.sub(one4(), f32x4.mul(h, h));
  write(wide, out + at, f32x4.mul(dHidden, slope));
}

function backwardPart(context: usize, index: i32): void {
  const pass = changetype<Pass>(context);
  const first = index * pass.share, width = floats(pass.hidden), wide = wideBytes(pass.hidden);
  let end = totalRows(pass);
  for (let step = pass.time - 1; step >= 0; step--) {
    const all = rowsAt(pass.counts, step), rows = ownRows(pass, all, first);
    const place = <usize>(end - all + first) * width, state = <usize>first * width;
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const output = pass.outputs + place + row, dOutput = pass.dOutputs + place + row, dh = pass.dh + state + row, out = pass.dInput + place + row;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) backwardUnits(true, at, pass.relu, output, dOutput, dh, out);
      for (; at < width; at += 4) backwardUnits(false, at, pass.relu, output, dOutput, dh, out);
    }
    gradientProduct(pass, 1, rows, pass.dInput + place, pass.dh + state, false);
    end -= all;
  }
}

/**
 * Backpropagation through time for `rnnForward`, from the `outputs` it left. `dOutputs` [n, hidden].
 * `dh` [batch, hidden]: in, the gradient of the last state; out, that of the initial one.
 * `dGates` [n, hidden]: out, the gradients of the pre-activations.
 */
export function rnnBackward(time: i32, hidden: i32, relu: bool, counts: usize, outputs: usize, weights: usize, dOutputs: usize, dh: usize, dGates: usize): void {
  const pass = newPass(time, hidden, counts, weights);
  pass.relu = relu;
  pass.outputs = outputs;
  pass.dOutputs = dOutputs;
  pass.dh = dh;
  pass.dInput = dGates;
  packForGradient(pass, 1);
  run(backwardPart, pass, 1);
  release(pass);
}
