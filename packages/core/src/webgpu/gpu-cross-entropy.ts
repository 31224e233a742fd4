import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { runProgram } from "./run-program.ts";
import { combining, ROW_SIZE } from "./workgroup-rows.ts";

/** Finds `largest` and `logSum`, the logarithm of the sum of the exponentials above it, of the logits from `at` on. */
const LOG_SUM = `
  var most = -3.4e38;
  for (var k = own; k < classes; k += ${ROW_SIZE}) { most = max(most, logits[at + k]); }
  let largest = largestOf(own, most);
  var sum = 0.0;
  for (var k = own; k < classes; k += ${ROW_SIZE}) { sum += exp(logits[at + k] - largest); }
  let logSum = log(sumOf(own, sum));`;

/** A workgroup has a row; those beyond the last do its work again, as all must reach each barrier. */
const code = (rest: string) => `
${combining("largestOf", (a, b) => `max(${a}, ${b})`)}
${combining("sumOf", (a, b) => `${a} + ${b}`)}
fn main(index : i32) {
  let own = i32(localIndex);
  let classes = uniforms.classes;
  let row = min(index / ${ROW_SIZE}, uniforms.rows - 1);
  let at = row * classes;
  let label = labels[row];
  let known = label >= 0 && label < classes;
  ${LOG_SUM}
  ${rest}
}`;

const FORWARD = `
  var all = 0.0;
  for (var k = own; k < classes; k += ${ROW_SIZE}) { all += logits[at + k]; }
  let mean = sumOf(own, all) / f32(classes);
  if (own == 0) {
    // Kept apart from the largest logit, so that large logits do not swallow its digits.
    var loss = largest - logits[at + clamp(label, 0, classes - 1)] + logSum;
    if (uniforms.smoothing > 0.0) { loss = (1.0 - uniforms.smoothing) * loss + uniforms.smoothing * (largest - mean + logSum); }
    result[row] = select(0.0, loss, known);
  }`;

const BACKWARD = `
  for (var k = own; k < classes; k += ${ROW_SIZE}) {
    let wanted = uniforms.smoothing / f32(classes) + select(0.0, 1.0 - uniforms.smoothing, k == label);
    result[at + k] = select(0.0, scales[row] * (exp(logits[at + k] - largest - logSum) - wanted), known);
  }`;

/** The cross-entropy of `fusedCrossEntropy` on WebGPU: one dispatch, and one for its gradient. */
export function gpuCrossEntropy(logits: Tensor2D, labels: Tensor1D, smoothing: number): Tensor1D {
  const [rows, classes] = logits.shape;
  const run = (pass: string, rest: string, inputs: Readonly<Record<string, Tensor>>, shape: readonly number[]) =>
    runProgram({ name: `cross-entropy ${pass}`, code: () => code(rest), inputs, ints: { rows, classes }, floats: { smoothing }, workgroups: rows }, shape);
  const [losses] = customOp({
    inputs: { logits },
    forward(save) {
      save([labels]);
      return [run("forward", FORWARD, { logits, labels }, [rows])];
    },
    backward: ([scales], [saved]) => ({ logits: run("backward", BACKWARD, { logits, labels: saved as Tensor, scales: scales as Tensor }, [rows, classes]) }),
  });
  return losses as Tensor1D;
}
