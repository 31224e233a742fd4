import { cast, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { layerNorm } from "@refrain/core";
import { binaryFocalLoss, crossEntropy, focalLoss } from "@refrain/losses";
import type { Operation } from "./case.ts";
import { differentiate } from "./differentiate.ts";

export const crossEntropyCase: Operation = (golden) =>
  differentiate(golden, ({ logits, labels }) => ({
    loss: crossEntropy(logits as Tensor, labels as Tensor, { smoothing: golden.config.label_smoothing as number }),
  }));

export const focalCase: Operation = (golden) =>
  differentiate(golden, ({ logits, labels, alpha }) => ({
    loss: focalLoss(logits as Tensor2D, labels as Tensor, { gamma: golden.config.gamma as number, weights: alpha as Tensor1D | undefined }),
  }));

export const binaryFocalCase: Operation = (golden) =>
  differentiate(golden, ({ logits, targets }) => ({
    loss: binaryFocalLoss(logits as Tensor, cast(targets as Tensor, "float32"), { gamma: golden.config.gamma as number, alpha: golden.config.alpha as number }),
  }));

export const layerNormCase: Operation = (golden) =>
  differentiate(golden, ({ x, weight, bias }) => ({
    y: layerNorm({ features: (weight as Tensor).size, epsilon: golden.config.eps as number }).apply(
      { weight: weight as Tensor1D, bias: bias as Tensor1D },
      x as Tensor,
    ),
  }));
