import { RECURRENT_KERNELS, type RecurrentKind } from "../fused/recurrent-kernels.ts";
import { before, perGate, places, type RecurrentVariant, squashes, stepAfterStep } from "./recurrent-wgsl.ts";

/** What a unit makes of `x0`.. of the input and `u0`.. of the state before, gate by gate: `h`, and what is kept for the backward pass. */
const UNITS: Readonly<Record<RecurrentKind, string>> = {
  "rnn-tanh": "let h = tanhOf(x0 + u0);",
  "rnn-relu": "let h = max(x0 + u0, 0.0);",
  lstm: `
  let i = sigmoidOf(x0 + u0);
  let f = sigmoidOf(x1 + u1);
  let g = tanhOf(x2 + u2);
  let o = sigmoidOf(x3 + u3);
  let c = f * before(step, sequence, unit, c0[state], extra) + i * g;
  let h = o * tanhOf(c);
  result[gates] = i;
  result[gates + hidden] = f;
  result[gates + 2 * hidden] = g;
  result[gates + 3 * hidden] = o;
  result[extra + place] = c;`,
  gru: `
  let r = sigmoidOf(x0 + u0);
  let z = sigmoidOf(x1 + u1);
  let n = tanhOf(x2 + r * u2);
  let h = n + z * (before(step, sequence, unit, h0[state], 0) - n);
  result[gates] = r;
  result[gates + hidden] = z;
  result[gates + 2 * hidden] = n;
  result[extra + place] = u2;`,
};

/**
 * WGSL of the steps from `first` to before `end`. `projected` [batch, time, gates * hidden] is the input's part of the pre-activations,
 * `weights` [gates * hidden, hidden] the recurrent ones, or transposed, so that neighbours read neighbours; `result` is the tape.
 */
export function recurrentForward(variant: RecurrentVariant, size: number): string {
  const { gates } = RECURRENT_KERNELS[variant.kind];
  const weightAt = (g: number) => (variant.transposed ? `k * width + ${g} * hidden + unit` : `(${g} * hidden + unit) * hidden + k`);
  return `
${places(variant)}${before("result")}${squashes}
fn run(sequence : i32, step : i32, unit : i32) {
  let hidden = uniforms.hidden;
  let width = ${gates} * hidden;
  let state = sequence * hidden + unit;
  let row = rowOf(sequence, step);
  let place = row * hidden + unit;
  if (step >= lengthOf(sequence)) {
    result[place] = 0.0;
    return;
  }
  let gates = uniforms.batch * uniforms.time * hidden + row * width + unit;
  let extra = uniforms.batch * uniforms.time * (hidden + width);
  let last = rowOf(sequence, max(step - 1, 0)) * hidden;
  ${perGate(gates, (g) => `var u${g} = ${variant.bias ? `bias[${g} * hidden + unit]` : "0.0"};`)}
  for (var k = 0; k < hidden; k++) {
    var value = 0.0;
    if (step == 0) { value = h0[sequence * hidden + k]; } else { value = result[last + k]; }
    ${perGate(gates, (g) => `u${g} += value * weights[${weightAt(g)}];`)}
  }
  ${perGate(gates, (g) => `let x${g} = projected[row * width + ${g} * hidden + unit];`)}
  ${UNITS[variant.kind]}
  result[place] = h;
}
${stepAfterStep(size, "var step = uniforms.first; step < uniforms.end; step++")}`;
}
