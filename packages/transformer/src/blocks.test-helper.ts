import { type DenseParams, mapTree, type TensorTree } from "@refrain/core";
import { add, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { some } from "@refrain-tests/checks";
import type { Activation, BlockConfig } from "./contract.ts";
import type { FeedForwardParams } from "./feed-forward.ts";
import type { NormParams } from "./norm.ts";

/** Every option of a block at least once. */
export const BLOCKS: readonly (readonly [string, BlockConfig])[] = [
  ["norms before, relu", { features: 4, heads: 2, hidden: 3 }],
  ["norms after, gelu", { features: 4, heads: 2, hidden: 3, order: "post", activation: "gelu" }],
  [
    "rms norms, swiglu, rotary, one key/value head, no biases",
    {
      features: 4,
      heads: 2,
      hidden: 3,
      keyValueHeads: 1,
      norm: "rms",
      activation: "swiglu",
      positions: "rotary",
      rotaryPairs: "half",
      bias: false,
      causal: true,
    },
  ],
  [
    "gelu by tanh, ALiBi, a window, another epsilon",
    { features: 4, heads: 2, hidden: 3, activation: "gelu-tanh", positions: "alibi", causal: true, window: 2, epsilon: 0.1 },
  ],
];

/** A block of few parameters, as whole stacks are differentiated number by number. */
export const SLIM: BlockConfig = { features: 4, heads: 2, keyValueHeads: 1, hidden: 3, bias: false, norm: "rms", activation: "gelu" };

/** Parameters in which nothing is 0 or 1 any more. */
export function stirred<P extends TensorTree>(fresh: P, seed = 1): P {
  let place = 0;
  return mapTree(fresh, (leaf) => add(leaf, some(leaf.shape, seed * 1000 + place++, 0.3)));
}

/** [batch, time, 4] */
export function someInput(batch: number, time: number, seed: number): Tensor3D {
  return some([batch, time, 4], seed) as Tensor3D;
}

/** Rows of numbers, in float64. */
export type Rows = number[][];

/** [.., features] as rows. */
export function rowsOf(x: Tensor): Rows {
  const features = x.shape.at(-1) as number;
  const numbers = [...x.dataSync()];
  return Array.from({ length: numbers.length / features }, (_, i) => numbers.slice(i * features, (i + 1) * features));
}

export function sumOf(a: Rows, b: Rows): Rows {
  return a.map((row, i) => row.map((value, j) => value + (b[i]?.[j] as number)));
}

function plainAffine(row: readonly number[], { weight, bias }: DenseParams): number[] {
  const offset = bias ? [...bias.dataSync()] : [];
  return rowsOf(weight).map((weights, i) => weights.reduce((sum, w, j) => sum + w * (row[j] as number), offset[i] ?? 0));
}

/** The error function by its series (Abramowitz and Stegun 1964, eq. 7.1.5), good for numbers of a few units. */
function erf(x: number): number {
  let term = x,
    sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const ACTIVATIONS: Record<Exclude<Activation, "swiglu">, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  "gelu-tanh": (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

/** The feed-forward net number by number. */
export function plainFeedForward(rows: Rows, params: FeedForwardParams, activation: Activation = "relu"): Rows {
  return rows.map((row) => {
    const raised = plainAffine(row, params.up);
    const gate = params.gate && plainAffine(row, params.gate);
    const active = raised.map((value, i) => {
      if (activation !== "swiglu") return ACTIVATIONS[activation](value);
      const by = gate?.[i] as number;
      return (value * by) / (1 + Math.exp(-by));
    });
    return plainAffine(active, params.down);
  });
}

/** A norm number by number: layer norm where there is a bias, else RMS norm. */
export function plainNorm(rows: Rows, params: NormParams, epsilon = 1e-5): Rows {
  const [weight, bias] = [[...params.weight.dataSync()], "bias" in params ? [...params.bias.dataSync()] : undefined];
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return rows.map((row) => {
    const centre = bias ? mean(row) : 0;
    const scale = 1 / Math.sqrt(mean(row.map((value) => (value - centre) ** 2)) + epsilon);
    return row.map((value, i) => (value - centre) * scale * (weight[i] as number) + (bias?.[i] ?? 0));
  });
}
