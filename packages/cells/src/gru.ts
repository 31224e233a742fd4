import { add, mul, sigmoid, split as divide, sub, tanh, type Tensor1D, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { affine, type Cell, fusedRecurrence } from "@refrain/core";
import { type CellSizes, checkSizes, initRecurrent, type RecurrentParams } from "./parameters.ts";
import type { HiddenState } from "./rnn.ts";

export type GruConfig = CellSizes & {
  /** Where the reset gate acts: "after" the recurrent product (the default) or "before" it. */
  readonly reset?: "after" | "before";
};

type Step = Cell<RecurrentParams, HiddenState>["step"];

/**
 * The gated recurrent unit (Cho et al. 2014), in its two forms. Gate order r, z, n.
 *
 * - `reset: "after"`, as PyTorch, Keras and cuDNN:
 *   n = tanh(W_n x + b_n + r * (U_n h + d_n)),  h' = (1 - z) * n + z * h. It has a fused kernel.
 * - `reset: "before"`, as the lesson: n = tanh(W_n x + b_n + U_n (r * h) + d_n),  h' = (1 - z) * h + z * n.
 *   It is composed of TensorFlow.js operations on every backend.
 *
 * @throws {RangeError} unless both sizes are whole and positive.
 */
export function gru({ input, hidden, bias = true, reset = "after" }: GruConfig): Cell<RecurrentParams, HiddenState> {
  checkSizes("gru", { input, hidden });
  if (reset !== "after" && reset !== "before") throw new TypeError(`gru: reset must be "after" or "before", but is ${JSON.stringify(reset)}.`);
  const cell: Cell<RecurrentParams, HiddenState> = {
    kind: "gru",
    config: { input, hidden, bias, reset },
    inputSize: input,
    hiddenSize: hidden,
    init: (key) => initRecurrent(key, 3, { input, hidden, bias }),
    initialState: (batch) => ({ h: zeros([batch, hidden]) }),
    step: reset === "after" ? stepResetAfter : stepResetBefore,
  };
  if (reset === "before") return cell;
  return {
    ...cell,
    sequence(params, { h }, x, lengths) {
      const fused = fusedRecurrence("gru", { ...params, x, h }, lengths);
      return fused && { outputs: fused.outputs, state: { h: fused.h } };
    },
  };
}

const stepResetAfter: Step = (params, { h }, x) => {
  const [xr, xz, xn] = divide(affine(x, { weight: params.weightInput, bias: params.biasInput }), 3, -1) as [Tensor2D, Tensor2D, Tensor2D];
  const [hr, hz, hn] = divide(affine(h, { weight: params.weightHidden, bias: params.biasHidden }), 3, -1) as [Tensor2D, Tensor2D, Tensor2D];
  const r = sigmoid(add(xr, hr)),
    z = sigmoid(add(xz, hz));
  const n = tanh(add(xn, mul(r, hn)));
  const output: Tensor2D = add(n, mul(z, sub(h, n)));
  return { state: { h: output }, output };
};

const stepResetBefore: Step = ({ weightInput, weightHidden, biasInput, biasHidden }, { h }, x) => {
  const hidden = h.shape[1];
  const [xrz, xn] = divide(affine(x, { weight: weightInput, bias: biasInput }), [2 * hidden, hidden], -1) as [Tensor2D, Tensor2D];
  const [gateWeight, candidateWeight] = divide(weightHidden, [2 * hidden, hidden]) as [Tensor2D, Tensor2D];
  const [gateBias, candidateBias] = (biasHidden ? divide(biasHidden, [2 * hidden, hidden]) : []) as Tensor1D[];
  const [r, z] = divide(sigmoid(add(xrz, affine(h, { weight: gateWeight, bias: gateBias }))), 2, -1) as [Tensor2D, Tensor2D];
  const n = tanh(add(xn, affine(mul(r, h), { weight: candidateWeight, bias: candidateBias })));
  const output: Tensor2D = add(h, mul(z, sub(n, h)));
  return { state: { h: output }, output };
};
