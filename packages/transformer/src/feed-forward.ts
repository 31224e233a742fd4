import { mul, relu, type Tensor } from "@tensorflow/tfjs-core";
import { affine, dense, type DenseParams, dropout, gelu, type Key, type Layer, silu, split } from "@refrain/core";
import type { Activation } from "./contract.ts";

/** The parameters of a block's feed-forward part. */
export type FeedForwardParams = {
  /** `weight` [hidden, features] */
  readonly up: DenseParams;
  /** `weight` [hidden, features]; only of "swiglu" */
  readonly gate?: DenseParams;
  /** `weight` [features, hidden] */
  readonly down: DenseParams;
};

/** The sizes of a block's feed-forward part, and its activation. */
export type FeedForwardConfig = {
  readonly features: number;
  readonly hidden: number;
  readonly activation?: Activation;
  readonly bias?: boolean;
  readonly dropout?: number;
};

const ACTIVATIONS: Record<Exclude<Activation, "swiglu">, (x: Tensor) => Tensor> = {
  relu,
  gelu: (x) => gelu(x),
  "gelu-tanh": (x) => gelu(x, { approximate: "tanh" }),
};

/**
 * The position-wise feed-forward net (Vaswani et al. 2017, eq. 2): W_2 act(W_1 x + b_1) + b_2, each place by itself: [.., features] to
 * the same. With "swiglu": W_2 (silu(V x) * W_1 x) (Shazeer 2020, eq. 6).
 *
 * @throws {RangeError} unless both sizes are whole and positive. @throws {TypeError} when there is no such activation.
 */
export function feedForward(config: FeedForwardConfig): Layer<FeedForwardParams, Tensor, Tensor> {
  const { features, hidden, activation = "relu", bias = true, dropout: rate = 0 } = config;
  for (const [name, size] of Object.entries({ features, hidden }))
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`feedForward: ${name} must be a whole number of at least 1, but is ${size}.`);
  if (activation !== "swiglu" && !Object.hasOwn(ACTIVATIONS, activation))
    throw new TypeError(`feedForward: the activation must be relu, gelu, gelu-tanh or swiglu, but is ${JSON.stringify(activation)}.`);
  const [up, gate, down] = [
    dense({ inputs: features, outputs: hidden, bias }),
    dense({ inputs: features, outputs: hidden, bias }),
    dense({ inputs: hidden, outputs: features, bias }),
  ];
  const drop = dropout({ rate });
  return {
    kind: "feed-forward",
    config: { features, hidden, activation, bias, dropout: rate },
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      return { up: up.init(a), ...(activation === "swiglu" && { gate: gate.init(b) }), down: down.init(c) };
    },
    apply(params, x, mode = "inference") {
      const raised = affine(x, params.up);
      const active = activation === "swiglu" ? mul(silu(affine(x, params.gate as DenseParams)), raised) : ACTIVATIONS[activation](raised);
      return affine(drop.apply({}, active, mode), params.down);
    },
  };
}
