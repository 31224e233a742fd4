import { reshape, tensor3d, type Tensor2D, unstack } from "@tensorflow/tfjs-core";
import { alibiSlopes, sinusoidal } from "@refrain/attention";
import type { Gpt } from "@refrain/models";
import type { Graph, Value } from "./graph.ts";

/** What all blocks share of where tokens stand. */
export type Places = {
  /** int64 [time]: 0, 1, … */
  readonly numbers: Value;
  /** bool [query, key]: whether a key comes after a query, which then may not see it. */
  readonly future: Value;
  /** [heads, query, key]: what ALiBi adds to the scores. */
  readonly distance?: Value;
  /** [time, size / 2, 1]: the cosine and sine of each pair of features' angle, for rotary positions. */
  readonly angles?: { readonly cos: Value; readonly sin: Value };
};

/** The places of tokens [batch, time], as many as there are in a run. */
export function placesOf(g: Graph, { context, features, heads, positions }: Gpt["config"], tokens: Value): Places {
  const time = g.node("Gather", [g.node("Shape", [tokens]), g.integers(1)]);
  const numbers = g.node("Range", [g.integers(0), time, g.integers(1)]);
  const [keys, queries] = [0, 1].map((axis) => g.node("Unsqueeze", [numbers, g.integers([axis])])) as [Value, Value];
  const shared = { numbers, future: g.node("Greater", [keys, queries]) };
  if (positions === "alibi") {
    const back = g.node("Cast", [g.node("Sub", [keys, queries])], { to: FLOAT });
    const slopes = g.weight("alibi.slopes", tensor3d(alibiSlopes(heads), [heads, 1, 1]));
    return { ...shared, distance: g.node("Mul", [back, slopes]) };
  }
  if (positions === "rotary") {
    const [sin, cos] = rotaryTable(context, features / heads);
    const at = (name: string, table: Tensor2D) => g.node("Unsqueeze", [g.node("Gather", [g.weight(`rotary.${name}`, table), numbers]), g.integers([-1])]);
    return { ...shared, angles: { cos: at("cos", cos), sin: at("sin", sin) } };
  }
  return shared;
}

/** Of onnx.proto's TensorProto.DataType. */
const FLOAT = 1;

/** Sines and cosines [context, size / 2] of the angles, which are those of sinusoidal positions. */
function rotaryTable(context: number, size: number): [Tensor2D, Tensor2D] {
  const pairs = reshape(sinusoidal(context, size), [context, size / 2, 2]);
  return unstack(pairs, 2) as [Tensor2D, Tensor2D];
}
