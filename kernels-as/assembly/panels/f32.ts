import { floats } from "../lanes";
import { madd } from "../simd";
import { Call, finish, newCall, PANEL, panelsOf, run } from "./call";

/** Bytes that `packPanels` writes: more than a pointer can count, where the matrix is too large to be had. */
export function panelBytes(outputs: i32, depth: i32): f64 {
  return <f64>panelsOf(outputs) * <f64>floats(PANEL) * <f64>depth;
}

/** Packs a matrix [outputs, depth], its rows `ldm` numbers apart, for `multiplyPanels`: for each step of depth, a panel's 16 numbers. */
export function packPanels(outputs: i32, depth: i32, m: usize, ldm: i32, out: usize): void {
  memory.fill(out, 0, <usize>panelBytes(outputs, depth));
  for (let output = 0; output < outputs; output++) {
    let from = m + <usize>output * floats(ldm);
    let to = out + <usize>(output / PANEL) * floats(PANEL) * <usize>depth + floats(output % PANEL);
    for (let step = 0; step < depth; step++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += floats(PANEL);
    }
  }
}

/** One panel's outputs of one vector. Even and odd steps have sums of their own: eight that do not wait for each other. */
// @ts-ignore: decorator
@inline
function onePanel(depth: i32, x: usize, panel: usize, count: i32, bias: usize, y: usize, accumulate: bool): void {
  let e0 = f32x4.splat(0), e1 = e0, e2 = e0, e3 = e0, o0 = e0, o1 = e0, o2 = e0, o3 = e0;
  for (const end = x + floats(depth & ~1); x < end; x += 8, panel += 8 * 16) {
    const even = v128.load32_splat(x), odd = v128.load32_splat(x, 4);
    e0 = madd(v128.load(panel), even, e0), e1 = madd(v128.load(panel, 16), even, e1);
    e2 = madd(v128.load(panel, 32), even, e2), e3 = madd(v128.load(panel, 48), even, e3);
    o0 = madd(v128.load(panel, 64), odd, o0), o1 = madd(v128.load(panel, 80), odd, o1);
    o2 = madd(v128.load(panel, 96), odd, o2), o3 = madd(v128.load(panel, 112), odd, o3);
  }
  if (depth & 1) {
    const even = v128.load32_splat(x);
    e0 = madd(v128.load(panel), even, e0), e1 = madd(v128.load(panel, 16), even, e1);
    e2 = madd(v128.load(panel, 32), even, e2), e3 = madd(v128.load(panel, 48), even, e3);
  }
  finish(count, f32x4.add(e0, o0), bias, y, accumulate);
  finish(count - 4, f32x4.add(e1, o1), bias == 0 ? 0 : bias + 16, y + 16, accumulate);
  finish(count - 8, f32x4.add(e2, o2), bias == 0 ? 0 : bias + 32, y + 32, accumulate);
  finish(count - 12, f32x4.add(e3, o3), bias == 0 ? 0 : bias + 48, y + 48, accumulate);
}

function multiplyPart(context: usize, index: i32): void {
  const call = changetype<Call>(context);
  const end = min(panelsOf(call.outputs), (index + 1) * call.share);
  for (let panel = index * call.share; panel < end; panel++) {
    const output = panel * PANEL, packed = call.panels + <usize>panel * floats(PANEL) * <usize>call.depth;
    const bias = call.bias == 0 ? 0 : call.bias + floats(output), count = min(PANEL, call.outputs - output);
    for (let row = 0; row < call.rows; row++)
      onePanel(call.depth, call.x + <usize>row * floats(call.ldx), packed, count, bias, call.y + <usize>row * floats(call.ldy) + floats(output), call.accumulate);
  }
}

/** y[rows, outputs] (+)= x[rows, depth] m^T + bias, for the m that `packPanels` packed. `bias` [outputs] or 0. */
export function multiplyPanels(rows: i32, outputs: i32, depth: i32, x: usize, ldx: i32, panels: usize, bias: usize, y: usize, ldy: i32, accumulate: bool): void {
  run(multiplyPart, newCall(rows, outputs, depth, x, ldx, panels, bias, y, ldy, accumulate), floats(PANEL) * <usize>depth);
}
