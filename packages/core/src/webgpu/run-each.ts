import type { Tensor } from "@tensorflow/tfjs-core";
import { runProgram } from "./run-program.ts";

/**
 * Computes every number of a result by itself, in one dispatch. `value` is WGSL of the number at `index`, which finds the inputs as arrays
 * under their names; `functions` is WGSL that it may call.
 */
export function runEach(
  name: string,
  value: string,
  inputs: Readonly<Record<string, Tensor>>,
  shape: readonly number[],
  floats: Readonly<Record<string, number>> = {},
  functions = "",
): Tensor {
  const count = shape.reduce((product, length) => product * length, 1);
  const code = () => `${functions}
fn main(index : i32) {
  if (index < uniforms.count) { result[index] = ${value}; }
}`;
  return runProgram({ name, code, inputs, ints: { count }, floats, workgroups: Math.ceil(count / 64) }, shape);
}
