import { read, wideBytes, write } from "../lanes";
import { one4, tanh4 } from "../math";
import { VECTOR } from "../simd";
import { floats, gradientProduct, packForGradient, packWeights, product, release, rowsAt, totalRows, worthPacking } from "./steps";

/* Elman 1990: h' = tanh(x + W h), or relu. */

// @ts-ignore: decorator
@inline
function forwardUnits(wide: bool, at: usize, relu: bool, outputs: usize, h: usize): void {
  const x = read(wide, outputs + at);
  const hidden = relu ? f32x4.max(x, f32x4.splat(0)) : tanh4(x);
  write(wide, h + at, hidden);
  write(wide, outputs + at, hidden);
}

/**
 * Runs a plain recurrent net over a packed batch of sequences. With n the sum of `counts`:
 * `outputs` [n, hidden]: in, the input's part of the pre-activations with the biases; out, the hidden states.
 * `weights` [hidden, hidden]. `h` [batch, hidden]: in, the initial state; out, the last.
 * `previous` [n, hidden]: out, the hidden state before each step.
 */
export function rnnForward(time: i32, hidden: i32, relu: bool, counts: usize, outputs: usize, weights: usize, h: usize, previous: usize): void {
  const packed = packWeights(worthPacking(counts, time), hidden, hidden, weights);
  const width = floats(hidden), wide = wideBytes(hidden);
  for (let step = 0; step < time; step++) {
    const rows = rowsAt(counts, step);
    memory.copy(previous, h, <usize>rows * width);
    product(rows, hidden, hidden, previous, weights, packed, 0, outputs, true);
    for (let row: usize = 0; row < <usize>rows; row++) {
      const hRow = h + row * width;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) forwardUnits(true, at, relu, outputs, hRow);
      for (; at < width; at += 4) forwardUnits(false, at, relu, outputs, hRow);
      outputs += width;
    }
    previous += <usize>rows * width;
  }
  release(packed);
}

// @ts-ignore: decorator
@inline
function backwardUnits(wide: bool, at: usize, relu: bool, output: usize, dOutput: usize, dh: usize, out: usize): void {
  const h = read(wide, output + at);
  const dHidden = f32x4.add(read(wide, dOutput + at), read(wide, dh + at));
  const slope = relu ? v128.and(f32x4.gt(h, f32x4.splat(0)), one4()) : f32x4.sub(one4(), f32x4.mul(h, h));
  write(wide, out + at, f32x4.mul(dHidden, slope));
}

/**
 * Backpropagation through time for `rnnForward`, from the `outputs` it left. `dOutputs` [n, hidden].
 * `dh` [batch, hidden]: in, the gradient of the last state; out, that of the initial one.
 * `dGates` [n, hidden]: out, the gradients of the pre-activations.
 */
export function rnnBackward(time: i32, hidden: i32, relu: bool, counts: usize, outputs: usize, weights: usize, dOutputs: usize, dh: usize, dGates: usize): void {
  const packed = packForGradient(hidden, hidden, weights);
  const width = floats(hidden), wide = wideBytes(hidden);
  let end = <usize>totalRows(counts, time);
  for (let step = time - 1; step >= 0; step--) {
    const rows = <usize>rowsAt(counts, step);
    const first = end - rows;
    for (let row: usize = 0; row < rows; row++) {
      const offset = (first + row) * width, dhRow = dh + row * width;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) backwardUnits(true, at, relu, outputs + offset, dOutputs + offset, dhRow, dGates + offset);
      for (; at < width; at += 4) backwardUnits(false, at, relu, outputs + offset, dOutputs + offset, dhRow, dGates + offset);
    }
    gradientProduct(<i32>rows, hidden, hidden, dGates + first * width, packed, dh, false);
    end = first;
  }
  release(packed);
}
