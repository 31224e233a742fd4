import { before, places, type RecurrentVariant } from "./recurrent-wgsl.ts";

/**
 * WGSL that takes one part of the tape, at `section`: its state before each step [batch, time, hidden], at the step's place, zeros in
 * padding; or the state after each sequence's last step [batch, hidden]. `initial` [batch, hidden] is that before the first.
 */
export function recurrentStates(variant: RecurrentVariant, which: "before each" | "last"): string {
  return `
${places(variant)}${before("tape")}
fn main(index : i32) {
  let unit = index % uniforms.hidden;
  ${
    which === "last"
      ? `
  let sequence = index / uniforms.hidden;
  if (sequence >= uniforms.batch) { return; }
  result[index] = before(lengthOf(sequence), sequence, unit, initial[index], uniforms.section);`
      : `
  let sequence = index / uniforms.hidden / uniforms.time;
  let step = index / uniforms.hidden % uniforms.time;
  if (sequence >= uniforms.batch) { return; }
  let to = rowOf(sequence, step) * uniforms.hidden + unit;
  if (step < lengthOf(sequence)) {
    result[to] = before(step, sequence, unit, initial[sequence * uniforms.hidden + unit], uniforms.section);
  } else {
    result[to] = 0.0;
  }`
  }
}`;
}
