import type { NormParams } from "@refrain/transformer";
import type { Graph, Value } from "./graph.ts";

/** What models add to the variance. */
const EPSILON = 1e-5;

/** Layer norm, or RMS norm where there is no bias, over the last axis. */
export function norm(g: Graph, path: string, params: NormParams, x: Value): Value {
  const weight = g.weight(`${path}.weight`, params.weight);
  if ("bias" in params) return g.node("LayerNormalization", [x, weight, g.weight(`${path}.bias`, params.bias)], { axis: -1, epsilon: { float: EPSILON } });
  const power = g.node("ReduceMean", [g.node("Mul", [x, x])], { axes: [-1], keepdims: 1 });
  const size = g.node("Sqrt", [g.node("Add", [power, g.floats(EPSILON)])]);
  return g.node("Mul", [g.node("Div", [x, size]), weight]);
}
