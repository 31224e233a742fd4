import type { Tensor } from "@tensorflow/tfjs-core";
import { runProgram } from "./run-program.ts";

/** Columns of a workgroup, and invocations that share the rows of each. */
const COLUMNS = 16,
  LANES = 16;

/** The sum of the rows of `x` [rows, columns], as [columns]: a dense layer's bias takes it from its gradients. One dispatch. */
export function sumRows(x: Tensor, columns: number): Tensor {
  return runProgram(
    {
      name: "sum-rows",
      code: () => `
var<workgroup> sums : array<f32, ${COLUMNS * LANES}>;
fn main(index : i32) {
  let own = i32(localIndex);
  let column = index / ${COLUMNS * LANES} * ${COLUMNS} + own % ${COLUMNS};
  var sum = 0.0;
  if (column < uniforms.columns) {
    for (var row = own / ${COLUMNS}; row < uniforms.rows; row += ${LANES}) { sum += x[row * uniforms.columns + column]; }
  }
  sums[own] = sum;
  workgroupBarrier();
  if (own < ${COLUMNS} && column < uniforms.columns) {
    for (var lane = 1; lane < ${LANES}; lane++) { sum += sums[lane * ${COLUMNS} + own]; }
    result[column] = sum;
  }
}`,
      inputs: { x },
      ints: { rows: x.size / columns, columns },
      size: COLUMNS * LANES,
      workgroups: Math.ceil(columns / COLUMNS),
    },
    [columns],
  );
}
