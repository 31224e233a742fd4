import { zeros } from "@tensorflow/tfjs-core";
import { type Cell, fusedRecurrence } from "@refrain/core";
import { checkGruParams, type GruConfig, type GruParams, initGru } from "./gru-parameters.ts";
import { gruSteps } from "./gru-steps.ts";
import { checkSizes } from "./parameters.ts";
import type { HiddenState } from "./rnn.ts";

/**
 * The gated recurrent unit (Cho et al. 2014), in its two forms. Gate order r, z, n.
 *
 * - `reset: "after"`, as PyTorch, Keras and cuDNN:
 *   n = tanh(W_n x + b_n + r * (U_n h + d_n)),  h' = (1 - z) * n + z * h. It has a fused kernel.
 * - `reset: "before"`, as the lesson: n = tanh(W_n x + b_n + U_n (r * h) + d_n),  h' = (1 - z) * h + z * n.
 *   It is composed of TensorFlow.js operations on every backend.
 *
 * With `layerNorm`, each of the products with W and U is normalised before its bias is added: those of both gates together, that of the
 * candidate by itself (Ba et al. 2016, supplement). It is composed as well.
 *
 * @throws {RangeError} unless both sizes are whole and positive.
 * @throws {Error} when it runs with parameters that have norms which its config does not name, or lack those that it names.
 */
export function gru(config: GruConfig): Cell<GruParams, HiddenState> {
  const { input, hidden, bias = true, reset = "after", layerNorm = false } = config;
  checkSizes("gru", { input, hidden });
  if (reset !== "after" && reset !== "before") throw new TypeError(`gru: reset must be "after" or "before", but is ${JSON.stringify(reset)}.`);
  const cell: Cell<GruParams, HiddenState> = {
    kind: "gru",
    config: { input, hidden, bias, reset, ...(layerNorm && { layerNorm }) },
    inputSize: input,
    hiddenSize: hidden,
    init: (key) => initGru(key, config),
    initialState: (batch) => ({ h: zeros([batch, hidden]) }),
    step(params, state, x, recurrentInput) {
      checkGruParams(config, params);
      return gruSteps[reset](params, state, x, recurrentInput);
    },
  };
  if (reset === "before" || layerNorm) return cell;
  return {
    ...cell,
    sequence(params, { h }, x, lengths, { reverse } = {}) {
      checkGruParams(config, params);
      const fused = fusedRecurrence("gru", { ...params, x, h }, lengths, reverse);
      return fused && { outputs: fused.outputs, state: { h: fused.h } };
    },
  };
}
