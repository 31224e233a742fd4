import { type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import { type Cell, fusedRecurrence } from "@refrain/core";
import { checkLstmParams, initLstm, type LstmConfig, type LstmParams } from "./lstm-parameters.ts";
import { lstmStep } from "./lstm-step.ts";
import { checkSizes } from "./parameters.ts";

/** The working memory h [batch, hidden], or [batch, projection] where there is one, and the long memory c [batch, hidden]. */
export type LstmState = { readonly h: Tensor2D; readonly c: Tensor2D };

/** One time step of an LSTM. */
export type LstmCell = Cell<LstmParams, LstmState>;

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000). A cell state that flows straight
 * through is the long memory, h the working memory; smooth gates say what is forgotten, taken in and shown:
 *
 *     i, f, o = sigmoid(W x + b + U h + d),  g = tanh(the same),  c' = f * c + i * g,  h' = o * tanh(c')
 *
 * Gate order i, f, g, o, as PyTorch's LSTM. On top of that,
 *
 * - `peepholes` add P_i c, P_f c and P_o c' to the sums of i, f and o; P is a factor for each unit, or a matrix;
 * - `projection` makes h' = R (o * tanh(c')), which the next step reads and the outputs are;
 * - `layerNorm` makes the sums norm(W x) + norm(U h) + b + d, each norm over all four gates together, and h' = o * tanh(norm(c')).
 *
 * The plain cell has a fused kernel. With any of these three it is composed of TensorFlow.js operations on every backend.
 *
 * @throws {RangeError} unless all sizes are whole and positive, and `forgetBias` is finite and the cell has biases to set.
 * @throws {Error} when it runs with parameters that have other parts than its config names.
 */
export function lstm(config: LstmConfig): LstmCell {
  const { input, hidden, bias = true, peepholes, projection, layerNorm = false, forgetBias } = config;
  checkConfig(config);
  const features = projection ?? hidden;
  const cell: LstmCell = {
    kind: "lstm",
    config: {
      input,
      hidden,
      bias,
      ...(peepholes && { peepholes }),
      ...(projection && { projection }),
      ...(layerNorm && { layerNorm }),
      ...(forgetBias !== undefined && { forgetBias }),
    },
    inputSize: input,
    hiddenSize: features,
    init: (key) => initLstm(key, config),
    initialState: (batch) => ({ h: zeros([batch, features]), c: zeros([batch, hidden]) }),
    step(params, state, x, recurrentInput) {
      checkLstmParams(config, params);
      return lstmStep(params, state, x, recurrentInput);
    },
  };
  if (peepholes || projection || layerNorm) return cell;
  return {
    ...cell,
    sequence(params, { h, c }, x, lengths, { reverse } = {}) {
      checkLstmParams(config, params);
      const fused = fusedRecurrence("lstm", { ...params, x, h, c }, lengths, reverse);
      return fused && { outputs: fused.outputs, state: { h: fused.h, c: fused.c as Tensor2D } };
    },
  };
}

function checkConfig({ input, hidden, bias = true, peepholes, projection, forgetBias }: LstmConfig): void {
  checkSizes("lstm", { input, hidden, ...(projection !== undefined && { projection }) });
  if (peepholes !== undefined && peepholes !== "diagonal" && peepholes !== "full")
    throw new TypeError(`lstm: peepholes must be "diagonal" or "full", but are ${JSON.stringify(peepholes)}.`);
  if (forgetBias !== undefined && !Number.isFinite(forgetBias)) throw new RangeError(`lstm: forgetBias must be a finite number, but is ${forgetBias}.`);
  if (forgetBias !== undefined && !bias) throw new RangeError("lstm: forgetBias sets the forget gate's biases, but bias is false: leave one of them out.");
}
