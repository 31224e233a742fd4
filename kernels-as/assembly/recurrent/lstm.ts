import { floats, read, wideBytes, write } from "../lanes";
import { one4, sigmoid4, tanh4 } from "../math";
import { gradientProduct, newPass, ownRows, packForGradient, packWeights, Pass, product, release, rowsAt, run, totalRows } from "./steps";
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
    product(pass, 4, rows, pass.previous + place, 0, pass.gates + 4 * place, true);
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const gates = pass.gates + 4 * (place + row), h = pass.h + state + row, c = pass.c + state + row;
      const cells = pass.extra + place + row, outputs = pass.outputs + place + row;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) forwardGates(true, at, gates, width, h, c, cells, outputs);
      for (; at < width; at += 4) forwardGates(false, at, gates, width, h, c, cells, outputs);
    }
    before += all;
  }
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
  const pass = newPass(time, hidden, counts, weights);
  pass.gates = gates;
  pass.h = h;
  pass.c = c;
  pass.previous = previous;
  pass.extra = cells;
  pass.outputs = outputs;
  packWeights(pass, 4);
  run(forwardPart, pass, 4);
  release(pass);
}

/** One step of `rows` sequences, from whole pre-activations: `gates` [rows, 4 hidden], out: the activations. `h`, `c` [rows, hidden]: out, the next; in, c. */
export function lstmCells(rows: i32, hidden: i32, gates: usize, h: usize, c: usize): void {
  const width = floats(hidden), wide = wideBytes(hidden);
  for (let row: usize = 0; row < <usize>rows * width; row += width) {
    let at: usize = 0;
    for (; at < wide; at += VECTOR) forwardGates(true, at, gates + 4 * row, width, h + row, c + row, c + row, h + row);
    for (; at < width; at += 4) forwardGates(false, at, gates + 4 * row, width, h + row, c + row, c + row, h + row);
  }
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

function backwardPart(context: usize, index: i32): void {
  const pass = changetype<Pass>(context);
  const first = index * pass.share, width = floats(pass.hidden), wide = wideBytes(pass.hidden);
  let end = totalRows(pass);
  for (let step = pass.time - 1; step >= 0; step--) {
    const all = rowsAt(pass.counts, step), rows = ownRows(pass, all, first);
    const place = <usize>(end - all + first) * width, state = <usize>first * width;
    const before = step == 0 ? pass.c + state : pass.extra + place - <usize>rowsAt(pass.counts, step - 1) * width;
    for (let row: usize = 0; row < <usize>rows * width; row += width) {
      const gates = pass.gates + 4 * (place + row), out = pass.dInput + 4 * (place + row), cell = pass.extra + place + row;
      const dOutput = pass.dOutputs + place + row, dh = pass.dh + state + row, dc = pass.dc + state + row;
      let at: usize = 0;
      for (; at < wide; at += VECTOR) backwardGates(true, at, gates, width, cell, before + row, dOutput, dh, dc, out);
      for (; at < width; at += 4) backwardGates(false, at, gates, width, cell, before + row, dOutput, dh, dc, out);
    }
    gradientProduct(pass, 4, rows, pass.dInput + 4 * place, pass.dh + state, false);
    end -= all;
  }
}

/**
 * Backpropagation through time for `lstmForward`, from what it left in `gates` and `cells`.
 * `c` [batch, hidden]: the initial cell state. `dOutputs` [n, hidden]. `dh`, `dc` [batch, hidden]: in, the gradients of the last
 * state; out, those of the initial one. `dGates` [n, 4 hidden]: out, the gradients of the pre-activations.
 */
export function lstmBackward(
  time: i32, hidden: i32, counts: usize, gates: usize, weights: usize, c: usize, cells: usize, dOutputs: usize, dh: usize, dc: usize, dGates: usize,
): void {
  const pass = newPass(time, hidden, counts, weights);
  pass.gates = gates;
  pass.c = c;
  pass.extra = cells;
  pass.dOutputs = dOutputs;
  pass.dh = dh;
  pass.dc = dc;
  pass.dInput = dGates;
  packForGradient(pass, 4);
  run(backwardPart, pass, 4);
  release(pass);
}
