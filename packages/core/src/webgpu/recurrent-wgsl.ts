import type { RecurrentKind } from "../fused/recurrent-kernels.ts";

/*
 * What the forward pass leaves is one array, as a program has one result. This tape holds h [batch, time, hidden] after each step, then,
 * of kinds that have more, the gates' activations [batch, time, gates * hidden] and what a kernel calls `extra` [batch, time, hidden].
 * Each step stands at its place in its sequence.
 *
 * A workgroup runs one sequence, so that a barrier is enough between two steps; where it runs a single step, a block of its units.
 */

/** What the programs of a recurrent net depend on, besides its numbers. */
export type RecurrentVariant = {
  readonly kind: RecurrentKind;
  readonly reverse: boolean;
  /** Whether each sequence has a length of its own. */
  readonly lengths: boolean;
  /** Whether the recurrent product has a bias. */
  readonly bias: boolean;
  /** Whether the forward pass finds the recurrent weights transposed. */
  readonly transposed: boolean;
};

/** A name that no other variant has. */
export const nameOf = ({ kind, reverse, lengths, bias, transposed }: RecurrentVariant): string =>
  [kind, reverse && "reverse", lengths && "lengths", bias && "bias", transposed && "transposed"].filter(Boolean).join(" ");

/** How many steps a sequence has, and in which row of [batch * time] each stands. In reverse, too, padding comes after the last step. */
export const places = ({ reverse, lengths }: RecurrentVariant): string => `
fn lengthOf(sequence : i32) -> i32 { return ${lengths ? "lengths[sequence]" : "uniforms.time"}; }
fn rowOf(sequence : i32, step : i32) -> i32 {
  ${reverse ? "if (step < lengthOf(sequence)) { return sequence * uniforms.time + lengthOf(sequence) - 1 - step; }" : ""}
  return sequence * uniforms.time + step;
}`;

/** The part at `section` of the tape before a step, where `initial` is what was there before the first. */
export const before = (tape: string): string => `
fn before(step : i32, sequence : i32, unit : i32, initial : f32, section : i32) -> f32 {
  if (step == 0) { return initial; }
  return ${tape}[section + rowOf(sequence, step - 1) * uniforms.hidden + unit];
}`;

/** Without what overflows for large x. */
export const squashes: string = `
fn sigmoidOf(x : f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn tanhOf(x : f32) -> f32 {
  let e = exp(-2.0 * abs(x));
  return sign(x) * (1.0 - e) / (1.0 + e);
}`;

/** Calls `run(sequence, step, unit)` for all units of a step at once, one step after the other. */
export const stepAfterStep = (size: number, steps: string): string => `
fn main(index : i32) {
  let group = index / ${size};
  let sequence = group / uniforms.blocks;
  for (${steps}) {
    if (sequence < uniforms.batch) {
      for (var unit = (group % uniforms.blocks) * ${size} + i32(localIndex); unit < uniforms.hidden; unit += ${size} * uniforms.blocks) {
        run(sequence, step, unit);
      }
    }
    storageBarrier();
  }
}`;

/** A line for each gate. */
export const perGate = (gates: number, line: (gate: number) => string): string => Array.from({ length: gates }, (_, gate) => line(gate)).join("\n  ");
