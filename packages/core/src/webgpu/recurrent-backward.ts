import { RECURRENT_KERNELS, type RecurrentKind } from "../fused/recurrent-kernels.ts";
import { before, perGate, places, type RecurrentVariant, squashes, stepAfterStep } from "./recurrent-wgsl.ts";

/** From `dh`, the gradient of a step's h, to `d0`.. of its pre-activations; `carried` is what flows to the state before beside the product. */
const UNITS: Readonly<Record<RecurrentKind, string>> = {
  "rnn-tanh": "let d0 = dh * (1.0 - tape[place] * tape[place]);",
  "rnn-relu": "let d0 = select(0.0, dh, tape[place] > 0.0);",
  lstm: `
  let i = tape[gates];
  let f = tape[gates + hidden];
  let g = tape[gates + 2 * hidden];
  let o = tape[gates + 3 * hidden];
  let t = tanhOf(tape[extra + place]);
  let dc = select(result[carried], dcLast[state], step == length - 1) + dh * o * (1.0 - t * t);
  result[carried] = dc * f;
  let d0 = dc * g * i * (1.0 - i);
  let d1 = dc * before(step, sequence, unit, c0[state], extra) * f * (1.0 - f);
  let d2 = dc * i * (1.0 - g * g);
  let d3 = dh * t * o * (1.0 - o);`,
  gru: `
  let r = tape[gates];
  let z = tape[gates + hidden];
  let n = tape[gates + 2 * hidden];
  result[carried] = dh * z;
  let d2 = dh * (1.0 - z) * (1.0 - n * n);
  let d0 = d2 * tape[extra + place] * r * (1.0 - r);
  let d1 = dh * (before(step, sequence, unit, h0[state], 0) - n) * z * (1.0 - z);
  result[recurrent + at] = d0;
  result[recurrent + at + hidden] = d1;
  result[recurrent + at + 2 * hidden] = d2 * r;`,
};

/**
 * WGSL of the steps from `first` down to `end`, -1 being the state before them all. `weights` [gates * hidden, hidden]; `tape` is what the
 * forward pass left, `dOutputs`, `dhLast` and `dcLast` are the gradients of its results. `result` holds the gradients of the input's
 * part of the pre-activations [batch, time, gates * hidden], where it differs of the recurrent part, then of the initial h [batch, hidden],
 * then what is carried: in the end an LSTM's gradient of the initial c.
 */
export function recurrentBackward(variant: RecurrentVariant, size: number): string {
  const { gates, split, cell } = RECURRENT_KERNELS[variant.kind];
  return `
${places(variant)}${before("tape")}${squashes}
fn run(sequence : i32, step : i32, unit : i32) {
  let hidden = uniforms.hidden;
  let width = ${gates} * hidden;
  let rows = uniforms.batch * uniforms.time;
  let recurrent = ${split ? "rows * width" : "0"};
  let initial = recurrent + rows * width;
  let state = sequence * hidden + unit;
  let carried = initial + uniforms.batch * hidden + state;
  let length = lengthOf(sequence);
  var dh = 0.0;
  if (step < length - 1) {
    let next = recurrent + rowOf(sequence, step + 1) * width;
    for (var k = 0; k < width; k++) { dh += result[next + k] * weights[k * hidden + unit]; }
    ${split ? "dh += result[carried];" : ""}
  } else {
    dh = dhLast[state];
  }
  if (step < 0) {
    result[initial + state] = dh;
    ${cell ? "if (length == 0) { result[carried] = dcLast[state]; }" : ""}
    return;
  }
  let row = rowOf(sequence, step);
  let place = row * hidden + unit;
  let at = row * width + unit;
  if (step >= length) {
    ${perGate(gates, (g) => `result[at + ${g} * hidden] = 0.0;${split ? ` result[recurrent + at + ${g} * hidden] = 0.0;` : ""}`)}
    return;
  }
  dh += dOutputs[place];
  let gates = rows * hidden + at;
  let extra = rows * (hidden + width);
  ${UNITS[variant.kind]}
  ${perGate(gates, (g) => `result[at + ${g} * hidden] = d${g};`)}
}
${stepAfterStep(size, "var step = uniforms.first; step >= uniforms.end; step--")}`;
}
