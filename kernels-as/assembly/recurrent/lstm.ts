import { read, wideBytes, write } from "../lanes";
import { one4, sigmoid4, tanh4 } from "../math";
import { floats, gradientProduct, packForGradient, packWeights, product, release, rowsAt, totalRows, worthPacking } from "./steps";
import { madd, VECTOR } from "../simd";

/*
 * Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Gates in PyTorch's order, each [hidden]: i, f, g, o.
 *   c' = f * c + i * g,  h' = o * tanh(c')
 */

/** One row's gates: pre-activations become activations, the cell and hidden state move on. */
// @ts-ignore: decorator
@inline
function forwardGates(wide: bool, at: usize, gates: usize, width: usize, h: usize, c: usize, cell: usize, out: usize): void {
  const i = sigmoid4(read(wide, gates + at));
  const f = sigmoid4(read(wide, gates + width + at));
  const g = tanh4(read(wide, gates + 2 * width + at));
  const o = sigmoid4(read(wide, gates + 3 * width + at));
  const next = madd(f, read(wide, c + at), f32x4.mul(i, g));
  const hidden = f32x4.mul(o, tanh4(next));
  write(wide, gates + at, i);
  write(wide, gates + width + at, f);
  write(wide, gates + 2 * width + at, g);
  write(wide, gates + 3 * width + at, o);
  write(wide, c + at, next);
  write(wide, cell + at, next);
  write(wide, h + at, hidden);
  write(wide, out + at, hidden);
}

/**
 * Runs an LSTM over a packed batch of sequences. With n the sum of `counts`:
 * `gates` [n, 4 hidden]: in, the input's part of the pre-activations with the biases; out, the gates' activations.
 * `weights` [4 hidden, hidden]. `h`, `c` [batch, hidden]: in, the initial state; out, each sequence's last.
 * `previous`, `cells`, `outputs` [n, hidden]: out, the hidden state before each step, the cell and the hidden state after it.
 */
export function lstmForward(
  time: i32, hidden: i32, counts: usize, gates: usize, weights: usize, h: usize, c: usize, previous: usize, cells: usize, outputs: usize,
): void {
  const packed = packWeights(worthPacking(counts, time), 4 * hidden, hidden, weights);
  const width = floats(hidden), wide = wideBytes(hidden);
  for (let step = 0; step < time; step++) {
    const rows = rowsAt(counts, step);
    memory.copy(previous, h, <usize>rows * width);
    product(rows, 4 * hidden, hidden, previous, weights, packed, 0, gates, true);
    for (let row: usize = 0; row < <usize>rows; row++) {
      const hRow = h + row * width, cRow = c + row * width;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) forwardGates(true, at, gates, width, hRow, cRow, cells, outputs);
      for (; at < width; at += 4) forwardGates(false, at, gates, width, hRow, cRow, cells, outputs);
      gates += 4 * width;
      cells += width;
      outputs += width;
    }
    previous += <usize>rows * width;
  }
  release(packed);
}

// @ts-ignore: decorator
@inline
function backwardGates(wide: bool, at: usize, gates: usize, width: usize, cell: usize, before: usize, dOutput: usize, dh: usize, dc: usize, out: usize): void {
  const one = one4();
  const i = read(wide, gates + at), f = read(wide, gates + width + at);
  const g = read(wide, gates + 2 * width + at), o = read(wide, gates + 3 * width + at);
  const squashed = tanh4(read(wide, cell + at));
  const dHidden = f32x4.add(read(wide, dOutput + at), read(wide, dh + at));
  const dCell = madd(f32x4.mul(dHidden, o), f32x4.sub(one, f32x4.mul(squashed, squashed)), read(wide, dc + at));
  write(wide, out + at, f32x4.mul(f32x4.mul(dCell, g), f32x4.mul(i, f32x4.sub(one, i))));
  write(wide, out + width + at, f32x4.mul(f32x4.mul(dCell, read(wide, before + at)), f32x4.mul(f, f32x4.sub(one, f))));
  write(wide, out + 2 * width + at, f32x4.mul(f32x4.mul(dCell, i), f32x4.sub(one, f32x4.mul(g, g))));
  write(wide, out + 3 * width + at, f32x4.mul(f32x4.mul(dHidden, squashed), f32x4.mul(o, f32x4.sub(one, o))));
  write(wide, dc + at, f32x4.mul(dCell, f));
}

/**
 * Backpropagation through time for `lstmForward`, from what it left in `gates` and `cells`.
 * `c` [batch, hidden]: the initial cell state. `dOutputs` [n, hidden]. `dh`, `dc` [batch, hidden]: in, the gradients of the last
 * state; out, those of the initial one. `dGates` [n, 4 hidden]: out, the gradients of the pre-activations.
 */
export function lstmBackward(
  time: i32, hidden: i32, counts: usize, gates: usize, weights: usize, c: usize, cells: usize, dOutputs: usize, dh: usize, dc: usize, dGates: usize,
): void {
  const packed = packForGradient(4 * hidden, hidden, weights);
  const width = floats(hidden), wide = wideBytes(hidden);
  let end = <usize>totalRows(counts, time);
  for (let step = time - 1; step >= 0; step--) {
    const rows = <usize>rowsAt(counts, step);
    const first = end - rows;
    const before = step == 0 ? c : cells + (first - <usize>rowsAt(counts, step - 1)) * width;
    for (let row: usize = 0; row < rows; row++) {
      const offset = (first + row) * width, state = row * width;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) backwardGates(true, at, gates + 4 * offset, width, cells + offset, before + state, dOutputs + offset, dh + state, dc + state, dGates + 4 * offset);
      for (; at < width; at += 4) backwardGates(false, at, gates + 4 * offset, width, cells + offset, before + state, dOutputs + offset, dh + state, dc + state, dGates + 4 * offset);
    }
    gradientProduct(<i32>rows, 4 * hidden, hidden, dGates + 4 * first * width, packed, dh, false);
    end = first;
  }
  release(packed);
}
