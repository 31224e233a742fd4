import { concat, expandDims, split, type Tensor } from "@tensorflow/tfjs-core";
import type { LstmParams } from "@refrain/cells";
import type { Graph, Value } from "./graph.ts";

/** The operator of each kind of cell, and which of our gates comes where there: i, o, f, c of our i, f, g, o; z, r, h of our r, z, n. */
const OPERATORS = {
  rnn: { operator: "RNN", gates: [0] },
  lstm: { operator: "LSTM", gates: [0, 3, 1, 2] },
  // Our reset gate acts after the product.
  gru: { operator: "GRU", gates: [1, 0, 2], linear_before_reset: 1 },
} as const;

type Layer = { readonly kind: keyof typeof OPERATORS; readonly path: string; readonly params: LstmParams };

/** The outputs [time, batch, hidden], and the state's fields after the last step. */
type Run = { readonly outputs: Value; readonly states: readonly Value[] };

/**
 * A recurrent layer forwards: an RNN with tanh, a GRU, an LSTM with or without diagonal peepholes.
 *
 * @param x [time, batch, input]
 * @param states h, and an LSTM's c, before the first step: [1, batch, hidden] each.
 */
export function recurrentLayer(g: Graph, { kind, path, params }: Layer, x: Value, states: readonly Value[]): Run {
  const { operator, gates, ...attributes } = OPERATORS[kind];
  const { weightInput, weightHidden, biasInput, biasHidden, peepholes } = params;
  const reorder = (rows: Tensor) => concat(gates.map((gate) => split(rows, gates.length)[gate] as Tensor));
  // Their first axis counts directions.
  const weight = (name: string, values: Tensor) => g.weight(`${path}.${name}`, expandDims(values, 0));
  const inputs = [
    x,
    weight("weightInput", reorder(weightInput)),
    weight("weightHidden", reorder(weightHidden)),
    biasInput && biasHidden ? weight("biases", concat([reorder(biasInput), reorder(biasHidden)])) : "",
    // No lengths: every sequence has all steps.
    "",
    ...states,
    ...(peepholes ? [weight("peepholes", concat([peepholes.input, peepholes.output, peepholes.forget]))] : []),
  ];
  const [outputs, ...last] = g.nodes(operator, inputs, 1 + states.length, { hidden_size: weightHidden.shape[1], ...attributes });
  return { outputs: g.node("Squeeze", [outputs as Value, g.integers([1])]), states: last };
}
