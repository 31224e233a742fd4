import type { Scalar, Tensor } from "@tensorflow/tfjs-core";

/** The numbers of one step of AdamW. */
export type AdamwStep = {
  /** 1 - rate * decay */
  readonly keep: number;
  readonly beta1: number;
  readonly beta2: number;
  /** rate / (1 - beta1^t) */
  readonly step: number;
  /** 1 / sqrt(1 - beta2^t) */
  readonly correction: number;
  readonly epsilon: number;
  /** What gradients are multiplied by first; 1 by default. */
  readonly scale?: Scalar | undefined;
};

/** A leaf's weights and running means, before a step of AdamW or after it. */
export type AdamwTensors = { readonly weights: Tensor; readonly first: Tensor; readonly second: Tensor };
