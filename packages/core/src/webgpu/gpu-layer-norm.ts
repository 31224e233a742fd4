import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { customOp } from "../custom-op.ts";
import { runProgram } from "./run-program.ts";
import { sumRows } from "./sum-rows.ts";
import { combining, ROW_SIZE } from "./workgroup-rows.ts";

const forEach = (line: string) => `for (var k = own; k < columns; k += ${ROW_SIZE}) { ${line} }`;

/** A workgroup has a row; those beyond the last do its work again, as all must reach each barrier. */
const code = (rest: string) => `
${combining("sumOf", (a, b) => `${a} + ${b}`)}
fn main(index : i32) {
  let own = i32(localIndex);
  let columns = uniforms.columns;
  let at = min(index / ${ROW_SIZE}, uniforms.rows - 1) * columns;
  var sum = 0.0;
  ${forEach("sum += x[at + k];")}
  let mean = sumOf(own, sum) / f32(columns);
  sum = 0.0;
  ${forEach("sum += (x[at + k] - mean) * (x[at + k] - mean);")}
  let scale = inverseSqrt(sumOf(own, sum) / f32(columns) + uniforms.epsilon);
  ${rest}
}`;

const FORWARD = forEach("result[at + k] = (x[at + k] - mean) * scale * weight[k] + bias[k];");

const BACKWARD = `
  var along = 0.0;
  var across = 0.0;
  ${forEach("let d = dy[at + k] * weight[k]; along += d; across += d * (x[at + k] - mean) * scale;")}
  let meanAlong = sumOf(own, along) / f32(columns);
  let meanAcross = sumOf(own, across) / f32(columns);
  ${forEach("result[at + k] = scale * (dy[at + k] * weight[k] - meanAlong - (x[at + k] - mean) * scale * meanAcross);")}`;

/** What each row adds to the weight's gradient. */
const OF_WEIGHT = forEach("result[at + k] = dy[at + k] * (x[at + k] - mean) * scale;");

/** The norm of `fusedLayerNorm` on WebGPU: one dispatch, four for its gradients. */
export function gpuLayerNorm(x: Tensor, weight: Tensor1D, bias: Tensor1D, epsilon: number): Tensor {
  const columns = weight.size,
    rows = x.size / columns;
  const run = (part: string, rest: string, inputs: Readonly<Record<string, Tensor>>) =>
    runProgram({ name: `layer-norm ${part}`, code: () => code(rest), inputs, ints: { rows, columns }, floats: { epsilon }, workgroups: rows }, x.shape);
  const [y] = customOp({
    inputs: { x, weight, bias },
    forward: () => [run("forward", FORWARD, { x, weight, bias })],
    backward([given]) {
      const dy = given as Tensor;
      return {
        x: run("backward", BACKWARD, { x, weight, dy }),
        weight: sumRows(run("backward, weight", OF_WEIGHT, { x, dy }), columns),
        bias: sumRows(dy, columns),
      };
    },
  });
  return y as Tensor;
}
