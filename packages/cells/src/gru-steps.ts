import { add, mul, sigmoid, split as divide, sub, tanh, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import type { Cell } from "@refrain/core";
import type { GruNorms, GruParams } from "./gru-parameters.ts";
import { normalise } from "./normalise.ts";
import { product } from "./product.ts";
import type { HiddenState } from "./rnn.ts";

type Step = Cell<GruParams, HiddenState>["step"];

const after: Step = (params, { h }, x, recurrentInput = h) => {
  const [inputGates, inputCandidate] = sumsOf(x, params.weightInput, params.biasInput, params.norms?.input);
  const [hiddenGates, hiddenCandidate] = sumsOf(recurrentInput, params.weightHidden, params.biasHidden, params.norms?.hidden);
  const [r, z] = divide(sigmoid(add(inputGates, hiddenGates)), 2, -1) as [Tensor2D, Tensor2D];
  const n = tanh(add(inputCandidate, mul(r, hiddenCandidate)));
  const output: Tensor2D = add(n, mul(z, sub(h, n)));
  return { state: { h: output }, output };
};

const before: Step = ({ weightInput, weightHidden, biasInput, biasHidden, norms }, { h }, x, recurrentInput = h) => {
  const [inputGates, inputCandidate] = sumsOf(x, weightInput, biasInput, norms?.input);
  const [gateWeight, candidateWeight] = apart(weightHidden);
  const [gateBias, candidateBias] = biasHidden ? apart(biasHidden) : [];
  const gates = sigmoid(add(inputGates, product(recurrentInput, gateWeight, gateBias, norms?.hidden.gates)));
  const [r, z] = divide(gates, 2, -1) as [Tensor2D, Tensor2D];
  const n = tanh(add(inputCandidate, product(mul(r, recurrentInput), candidateWeight, candidateBias, norms?.hidden.candidate)));
  const output: Tensor2D = add(h, mul(z, sub(n, h)));
  return { state: { h: output }, output };
};

/** One step of a GRU whose reset gate acts after the recurrent product, and of one where it acts before. The formulas stand beside `gru`. */
export const gruSteps: { readonly after: Step; readonly before: Step } = { after, before };

/** The sums [batch, 3 * hidden] of one side: those of the gates [batch, 2 * hidden], and of the candidate [batch, hidden]. */
function sumsOf(x: Tensor2D, weight: Tensor2D, bias?: Tensor1D, norms?: GruNorms): [Tensor2D, Tensor2D] {
  if (!norms) return apart(product(x, weight, bias), -1);
  const [gates, candidate] = apart(product(x, weight), -1);
  const [gateBias, candidateBias] = bias ? apart(bias) : [];
  return [normalise(gates, norms.gates, gateBias), normalise(candidate, norms.candidate, candidateBias)];
}

/** The rows of both gates, and those of the candidate. */
function apart<T extends Tensor>(x: T, axis = 0): [T, T] {
  const hidden = (x.shape.at(axis) as number) / 3;
  return divide(x, [2 * hidden, hidden], axis) as [T, T];
}
