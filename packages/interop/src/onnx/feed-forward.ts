import type { DenseParams } from "@refrain/core";
import type { Activation, FeedForwardParams } from "@refrain/transformer";
import type { Graph, Value } from "./graph.ts";
import { linear } from "./linear.ts";

/** The position-wise feed-forward net of a block. */
export function feedForward(g: Graph, path: string, activation: Activation, { up, gate, down }: FeedForwardParams, x: Value): Value {
  const raised = linear(g, `${path}.up`, up, x);
  const active = activation === "swiglu" ? swiglu(g, linear(g, `${path}.gate`, gate as DenseParams, x), raised) : ACTIVATIONS[activation](g, raised);
  return linear(g, `${path}.down`, down, active);
}

const ACTIVATIONS: Record<Exclude<Activation, "swiglu">, (g: Graph, x: Value) => Value> = {
  relu: (g, x) => g.node("Relu", [x]),
  gelu: (g, x) => halfOf(g, x, g.node("Erf", [g.node("Mul", [x, g.floats(Math.SQRT1_2)])])),
  "gelu-tanh"(g, x) {
    const scale = Math.sqrt(2 / Math.PI);
    const bend = g.node("Add", [g.node("Mul", [g.node("Mul", [x, x]), g.floats(0.044715 * scale)]), g.floats(scale)]);
    return halfOf(g, x, g.node("Tanh", [g.node("Mul", [x, bend])]));
  },
};

/** x (1 + y) / 2 */
function halfOf(g: Graph, x: Value, y: Value): Value {
  return g.node("Mul", [g.node("Mul", [x, g.floats(0.5)]), g.node("Add", [y, g.floats(1)])]);
}

/** silu(gate) x */
function swiglu(g: Graph, gate: Value, x: Value): Value {
  return g.node("Mul", [g.node("Mul", [gate, g.node("Sigmoid", [gate])]), x]);
}
