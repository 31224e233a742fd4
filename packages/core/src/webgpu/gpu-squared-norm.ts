import { scalar, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { runProgram } from "./run-program.ts";
import { combining, ROW_SIZE } from "./workgroup-rows.ts";

/** Workgroups, each of which adds up its share of every tensor. */
const SHARES = 64;

/** Tensors of one dispatch, beside what those before came to. */
const TENSORS = 6;

const sumOf = combining("sumOf", (a, b) => `${a} + ${b}`);

/** The sum of the squares of all numbers of these tensors on WebGPU: a dispatch for every six of them, and one more. */
export function gpuSquaredNorm(tensors: readonly Tensor[]): Scalar {
  const given = tensors.filter(({ size }) => size > 0);
  let sums: Tensor | undefined;
  for (let start = 0; start < given.length; start += TENSORS) sums = addSquares(given.slice(start, start + TENSORS), sums);
  if (!sums) return scalar(0);
  const code = () => `${sumOf}
fn main(index : i32) {
  let sum = sumOf(i32(localIndex), select(0.0, sums[min(index, uniforms.shares - 1)], index < uniforms.shares));
  if (index == 0) { result[0] = sum; }
}`;
  return runProgram({ name: "squares, total", code, inputs: { sums }, ints: { shares: SHARES }, workgroups: 1 }, []) as Scalar;
}

/** Each workgroup's share of the squares [SHARES], and what it had before. */
function addSquares(tensors: readonly Tensor[], before: Tensor | undefined): Tensor {
  const named = Object.fromEntries(tensors.map((tensor, i) => [`tensor${i}`, tensor]));
  const code = () => `${sumOf}
fn main(index : i32) {
  var sum = 0.0;
  ${tensors.map((_, i) => `for (var i = index; i < uniforms.size${i}; i += ${SHARES * ROW_SIZE}) { sum += tensor${i}[i] * tensor${i}[i]; }`).join("\n  ")}
  let all = sumOf(i32(localIndex), sum);
  let share = index / ${ROW_SIZE};
  if (localIndex == 0u) { result[share] = all${before ? " + before[share]" : ""}; }
}`;
  const ints = Object.fromEntries(tensors.map(({ size }, i) => [`size${i}`, size]));
  const inputs = { ...named, ...(before && { before }) };
  return runProgram({ name: "squares", code, inputs, ints, workgroups: SHARES }, [SHARES]);
}
