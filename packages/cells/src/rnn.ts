import { add, relu, tanh, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { type Cell, fusedRecurrence } from "@refrain/core";
import { type CellSizes, checkSizes, initRecurrent, type RecurrentParams } from "./parameters.ts";
import { product } from "./product.ts";

/** [batch, hidden] */
export type HiddenState = { readonly h: Tensor2D };

/** The sizes of a plain recurrent net, and its nonlinearity; tanh by default. */
export type RnnConfig = CellSizes & { readonly nonlinearity?: "tanh" | "relu" };

/**
 * The plain recurrent net (Elman 1990): h' = tanh(W x + b + U h + d), or relu.
 *
 * @throws {RangeError} unless both sizes are whole and positive.
 */
export function rnn({ input, hidden, bias = true, nonlinearity = "tanh" }: RnnConfig): Cell<RecurrentParams, HiddenState> {
  checkSizes("rnn", { input, hidden });
  if (nonlinearity !== "tanh" && nonlinearity !== "relu")
    throw new TypeError(`rnn: nonlinearity must be "tanh" or "relu", but is ${JSON.stringify(nonlinearity)}.`);
  const squash = nonlinearity === "tanh" ? tanh : relu;
  return {
    kind: "rnn",
    config: { input, hidden, bias, nonlinearity },
    inputSize: input,
    hiddenSize: hidden,
    init: (key) => initRecurrent(key, 1, { input, hidden, bias }),
    initialState: (batch) => ({ h: zeros([batch, hidden]) }),
    step(params, { h }, x, recurrentInput) {
      const recurrent = product(recurrentInput ?? h, params.weightHidden, params.biasHidden);
      const output: Tensor2D = squash(add(product(x, params.weightInput, params.biasInput), recurrent));
      return { state: { h: output }, output };
    },
    sequence(params, { h }, x, lengths, { reverse } = {}) {
      const fused = fusedRecurrence(`rnn-${nonlinearity}`, { ...params, x, h }, lengths, reverse);
      return fused && { outputs: fused.outputs, state: { h: fused.h } };
    },
  };
}
