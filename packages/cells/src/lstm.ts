import { add, mul, sigmoid, split as divide, tanh, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { affine, type Cell, fusedRecurrence } from "@refrain/core";
import { type CellSizes, checkSizes, initRecurrent, type RecurrentParams } from "./parameters.ts";

/** The working memory and the long memory, [batch, hidden] each. */
export type LstmState = { readonly h: Tensor2D; readonly c: Tensor2D };

export type LstmCell = Cell<RecurrentParams, LstmState>;

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000). A cell state that flows straight
 * through is the long memory, h the working memory; smooth gates say what is forgotten, taken in and shown:
 *
 *     i, f, o = sigmoid(W x + b + U h + d),  g = tanh(the same),  c' = f * c + i * g,  h' = o * tanh(c')
 *
 * Gate order i, f, g, o, as PyTorch's LSTM.
 *
 * @throws {RangeError} unless both sizes are whole and positive.
 */
export function lstm({ input, hidden, bias = true }: CellSizes): LstmCell {
  checkSizes("lstm", { input, hidden });
  return {
    kind: "lstm",
    config: { input, hidden, bias },
    inputSize: input,
    hiddenSize: hidden,
    init: (key) => initRecurrent(key, 4, { input, hidden, bias }),
    initialState: (batch) => ({ h: zeros([batch, hidden]), c: zeros([batch, hidden]) }),
    step(params, { h, c }, x) {
      const sums = add(affine(x, { weight: params.weightInput, bias: params.biasInput }), affine(h, { weight: params.weightHidden, bias: params.biasHidden }));
      const [i, f, g, o] = divide(sums, 4, -1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const next: Tensor2D = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const output: Tensor2D = mul(sigmoid(o), tanh(next));
      return { state: { h: output, c: next }, output };
    },
    sequence(params, { h, c }, x, lengths) {
      const fused = fusedRecurrence("lstm", { ...params, x, h, c }, lengths);
      return fused && { outputs: fused.outputs, state: { h: fused.h, c: fused.c as Tensor2D } };
    },
  };
}
