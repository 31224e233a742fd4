import { read, wideBytes, write } from "./lanes";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { madd, VECTOR } from "./simd";

// @ts-ignore: decorator
@inline
function adamStep(
  wide: bool, at: usize, weights: usize, gradients: usize, factor: v128, first: usize, second: usize,
  keep: v128, beta1: v128, beta2: v128, step: v128, correction: v128, epsilon: v128,
  outWeights: usize, outFirst: usize, outSecond: usize,
): void {
  const one = f32x4.splat(1), g = f32x4.mul(read(wide, gradients + at), factor);
  const m = madd(f32x4.sub(one, beta1), g, f32x4.mul(beta1, read(wide, first + at)));
  const v = madd(f32x4.mul(f32x4.sub(one, beta2), g), g, f32x4.mul(beta2, read(wide, second + at)));
  const scale = f32x4.add(f32x4.mul(f32x4.sqrt(v), correction), epsilon);
  write(wide, outFirst + at, m);
  write(wide, outSecond + at, v);
  write(wide, outWeights + at, f32x4.sub(f32x4.mul(read(wide, weights + at), keep), f32x4.div(f32x4.mul(step, m), scale)));
}

/** An update of one parameter. */
@unmanaged
class Update extends Range {
  weights: usize;
  gradients: usize;
  factor: usize;
  first: usize;
  second: usize;
  keep: f32;
  beta1: f32;
  beta2: f32;
  step: f32;
  correction: f32;
  epsilon: f32;
  outWeights: usize;
  outFirst: usize;
  outSecond: usize;
}

const UPDATE: usize = memory.data(offsetof<Update>(), 16);

function adamwPart(context: usize, index: i32): void {
  const u = changetype<Update>(context);
  const k = f32x4.splat(u.keep), b1 = f32x4.splat(u.beta1), b2 = f32x4.splat(u.beta2);
  const f = u.factor == 0 ? f32x4.splat(1) : v128.load32_splat(u.factor);
  const s = f32x4.splat(u.step), c = f32x4.splat(u.correction), e = f32x4.splat(u.epsilon);
  let at = (<usize>firstOf(u, index)) << 2;
  const count = countOf(u, index), end = at + ((<usize>count) << 2), wide = at + wideBytes(count);
  for (; at < wide; at += VECTOR) adamStep(true, at, u.weights, u.gradients, f, u.first, u.second, k, b1, b2, s, c, e, u.outWeights, u.outFirst, u.outSecond);
  for (; at < end; at += 4) adamStep(false, at, u.weights, u.gradients, f, u.first, u.second, k, b1, b2, s, c, e, u.outWeights, u.outFirst, u.outSecond);
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over `count` numbers; Adam where `keep` is 1.
 * `factor`: what gradients are multiplied by lies there; 0 for 1. `keep`: 1 - rate * decay. `step`: rate / (1 - beta1^t). `correction`: 1 / sqrt(1 - beta2^t). Outputs may be the inputs.
 */
export function adamw(
  count: i32, weights: usize, gradients: usize, factor: usize, first: usize, second: usize,
  keep: f32, beta1: f32, beta2: f32, step: f32, correction: f32, epsilon: f32,
  outWeights: usize, outFirst: usize, outSecond: usize,
): void {
  const u = changetype<Update>(UPDATE);
  u.weights = weights;
  u.gradients = gradients;
  u.factor = factor;
  u.first = first;
  u.second = second;
  u.keep = keep;
  u.beta1 = beta1;
  u.beta2 = beta2;
  u.step = step;
  u.correction = correction;
  u.epsilon = epsilon;
  u.outWeights = outWeights;
  u.outFirst = outFirst;
  u.outSecond = outSecond;
  overLines(adamwPart, UPDATE, count, 1, 4);
}

/** out = x * factor + y * other over `count` numbers: SGD, momentum, clipping. `out` may be `x` or `y`. */
export function blend(count: i32, x: usize, factor: f32, y: usize, other: f32, out: usize): void {
  const a = f32x4.splat(factor), b = f32x4.splat(other);
  const end = (<usize>count) << 2, wide = wideBytes(count);
  let at: usize = 0;
  for (; at < wide; at += VECTOR) write(true, out + at, madd(read(true, x + at), a, f32x4.mul(read(true, y + at), b)));
  for (; at < end; at += 4) write(false, out + at, madd(read(false, x + at), a, f32x4.mul(read(false, y + at), b)));
}
