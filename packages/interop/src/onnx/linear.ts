import { type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { DenseParams } from "@refrain/core";
import type { Graph, Value } from "./graph.ts";

/** x weight^T + bias over the last axis; the weight is stored [inputs, outputs], as ONNX multiplies. */
export function linear(g: Graph, path: string, { weight, bias }: DenseParams, x: Value): Value {
  return plus(g, path, g.node("MatMul", [x, g.weight(`${path}.weight`, transpose<Tensor>(weight))]), bias);
}

/** The same by a weight [outputs, inputs] that stands in the graph already: an embedding's, to which the layer is tied. */
export function tiedLinear(g: Graph, path: string, weight: Value, x: Value, bias?: Tensor): Value {
  return plus(g, path, g.node("MatMul", [x, g.node("Transpose", [weight], { perm: [1, 0] })]), bias);
}

function plus(g: Graph, path: string, y: Value, bias?: Tensor): Value {
  return bias ? g.node("Add", [y, g.weight(`${path}.bias`, bias)]) : y;
}
