import { read, wideBytes, write } from "./lanes";
import { expFalling4 } from "./math";
import { countOf, firstOf, overLines, Range } from "./ranges";
import { largest, sum } from "./reduce";
import { VECTOR } from "./simd";
import { sumExp } from "./softmax";

/** A call; a part has some of the rows. */
@unmanaged
class Call extends Range {
  classes: i32;
  logits: usize;
  labels: usize;
  smoothing: f32;
  losses: usize;
  logSums: usize;
  scales: usize;
  out: usize;
}

const CALL: usize = memory.data(offsetof<Call>(), 16);

function forwardPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const classes = c.classes, width = (<usize>classes) << 2, smoothing = c.smoothing;
  const first = <usize>firstOf(c, index);
  let logits = c.logits + first * width;
  for (let row = first; row < first + <usize>countOf(c, index); row++) {
    const label = load<i32>(c.labels + (row << 2));
    const offset = largest(classes, logits);
    // Kept apart from the largest logit, so that large logits do not swallow its digits.
    const above = <f32>Math.log(sumExp(classes, logits, offset, 1));
    store<f32>(c.logSums + (row << 2), offset + above);
    let loss: f32 = 0;
    if (<u32>label < <u32>classes) {
      loss = offset - load<f32>(logits + ((<usize>label) << 2)) + above;
      if (smoothing != 0) loss = (1 - smoothing) * loss + smoothing * (offset - sum(classes, logits) / <f32>classes + above);
    }
    store<f32>(c.losses + (row << 2), loss);
    logits += width;
  }
}

/**
 * Negative log-likelihood of each row's label under softmax(logits), with label smoothing s over K classes:
 *   loss = logsumexp(z) - (1 - s) z_label - (s / K) sum(z)
 * `logits` [rows, classes]; `labels` i32 [rows], where one outside 0..classes-1 is ignored (its loss is 0).
 * `losses`, `logSums` [rows]: out, the losses and each row's log-sum-exp, which the gradient wants.
 */
export function crossEntropyForward(rows: i32, classes: i32, logits: usize, labels: usize, smoothing: f32, losses: usize, logSums: usize): void {
  const c = changetype<Call>(CALL);
  c.classes = classes;
  c.logits = logits;
  c.labels = labels;
  c.smoothing = smoothing;
  c.losses = losses;
  c.logSums = logSums;
  overLines(forwardPart, CALL, rows, classes, 1);
}

// @ts-ignore: decorator
@inline
function gradient(wide: bool, logits: usize, logSum: v128, scale: v128, uniform: v128, out: usize): void {
  write(wide, out, f32x4.mul(scale, f32x4.sub(expFalling4(f32x4.sub(read(wide, logits), logSum)), uniform)));
}

function backwardPart(context: usize, index: i32): void {
  const c = changetype<Call>(context);
  const classes = c.classes, width = (<usize>classes) << 2, wide = wideBytes(classes);
  const uniform = f32x4.splat(c.smoothing / <f32>classes);
  const first = <usize>firstOf(c, index);
  let logits = c.logits + first * width, out = c.out + first * width;
  for (let row = first; row < first + <usize>countOf(c, index); row++) {
    const label = load<i32>(c.labels + (row << 2));
    if (<u32>label < <u32>classes) {
      const scale = load<f32>(c.scales + (row << 2));
      const logSum = v128.load32_splat(c.logSums + (row << 2)), factor = f32x4.splat(scale);
      let at: usize = 0;
      for (; at < wide; at += VECTOR) gradient(true, logits + at, logSum, factor, uniform, out + at);
      for (; at < width; at += 4) gradient(false, logits + at, logSum, factor, uniform, out + at);
      const target = out + ((<usize>label) << 2);
      store<f32>(target, load<f32>(target) - scale * (1 - c.smoothing));
    } else memory.fill(out, 0, width);
    logits += width;
    out += width;
  }
}

/**
 * The gradient of sum(scales * losses): out = scale (softmax(z) - (1 - s) onehot - s / K); rows with an ignored label get zeros.
 * `scales` [rows]; `out` [rows, classes].
 */
export function crossEntropyBackward(
  rows: i32, classes: i32, logits: usize, labels: usize, logSums: usize, scales: usize, smoothing: f32, out: usize,
): void {
  const c = changetype<Call>(CALL);
  c.classes = classes;
  c.logits = logits;
  c.labels = labels;
  c.logSums = logSums;
  c.scales = scales;
  c.smoothing = smoothing;
  c.out = out;
  overLines(backwardPart, CALL, rows, classes, 1);
}
