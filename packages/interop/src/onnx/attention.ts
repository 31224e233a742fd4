import type { MultiHeadParams } from "@refrain/attention";
import type { Graph, Value } from "./graph.ts";
import { linear } from "./linear.ts";
import type { Places } from "./places.ts";

type Heads = {
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Features of a head. */
  readonly size: number;
};

/** So low that softmax makes it 0 beside any other score. */
const FORBIDDEN = -1e30;

/** Causal self-attention of many heads: [batch, time, features] to the same. */
export function attention(g: Graph, path: string, params: MultiHeadParams, { heads, keyValueHeads, size }: Heads, places: Places, x: Value): Value {
  const split = (value: Value, count: number) => g.node("Transpose", [g.node("Reshape", [value, g.integers([0, 0, count, size])])], { perm: [0, 2, 1, 3] });
  const turned = (value: Value) => (places.angles ? rotary(g, value, places.angles, size) : value);
  const [keyPart, valuePart] = g.nodes("Split", [linear(g, `${path}.keyValue`, params.keyValue, x)], 2, { axis: -1 }) as [Value, Value];
  const query = turned(split(linear(g, `${path}.query`, params.query, x), heads));
  const [keys, values] = [turned(split(keyPart, keyValueHeads)), split(valuePart, keyValueHeads)].map((part) =>
    shared(g, part, { heads, keyValueHeads, size }),
  ) as [Value, Value];

  const products = g.node("MatMul", [query, g.node("Transpose", [keys], { perm: [0, 1, 3, 2] })]);
  const scaled = g.node("Mul", [products, g.floats(1 / Math.sqrt(size))]);
  const scores = places.distance ? g.node("Add", [scaled, places.distance]) : scaled;
  const weights = g.node("Softmax", [g.node("Where", [places.future, g.floats(FORBIDDEN), scores])], { axis: -1 });
  const read = g.node("Transpose", [g.node("MatMul", [weights, values])], { perm: [0, 2, 1, 3] });
  return linear(g, `${path}.output`, params.output, g.node("Reshape", [read, g.integers([0, 0, heads * size])]));
}

/** The keys or values of fewer heads, [batch, keyValueHeads, time, size], each repeated for the heads that share it. */
function shared(g: Graph, x: Value, { heads, keyValueHeads, size }: Heads): Value {
  if (heads === keyValueHeads) return x;
  const repeated = g.node("Expand", [g.node("Unsqueeze", [x, g.integers([2])]), g.integers([1, 1, heads / keyValueHeads, 1, 1])]);
  return g.node("Reshape", [repeated, g.integers([0, heads, -1, size])]);
}

/** Turns neighbouring features of [batch, heads, time, size] as pairs by their place's angles. */
function rotary(g: Graph, x: Value, { cos, sin }: NonNullable<Places["angles"]>, size: number): Value {
  const pairs = g.node("Reshape", [x, g.integers([0, 0, 0, size / 2, 2])]);
  const [a, b] = g.nodes("Split", [pairs], 2, { axis: -1 }) as [Value, Value];
  const times = (value: Value, by: Value) => g.node("Mul", [value, by]);
  const left = g.node("Sub", [times(a, cos), times(b, sin)]);
  const right = g.node("Add", [times(a, sin), times(b, cos)]);
  return g.node("Reshape", [g.node("Concat", [left, right], { axis: -1 }), g.integers([0, 0, 0, size])]);
}
