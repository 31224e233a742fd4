import { type Scalar, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { countCorrect, type Hits, type Parts } from "@refrain/losses";
import type { Mode, TensorTree, WithAside } from "@refrain/core";
import type { LanguageModel } from "./language-model.ts";

/** Windows for teacher forcing, row-major [rows, context]; a target of -1 is padding. */
export type TokenBatch = { readonly rows: number; readonly context: number; readonly inputs: Int32Array; readonly targets: Int32Array };

/** The mean loss of predicting each target. `logits` [.., classes], `labels` int32 [..] */
export type TokenLoss = (logits: Tensor, labels: Tensor) => Scalar;

/**
 * What a language model is trained for: the loss of each next token, teacher-forced, and how many the likeliest token got right, of all
 * and of each part of the vocabulary that is given.
 */
export function languageObjective<P extends TensorTree>(
  model: LanguageModel<P>,
  loss: TokenLoss,
  parts?: Parts,
): (params: P, batch: TokenBatch, mode: Mode) => WithAside<Hits> {
  return (params, { rows, context, inputs, targets }, mode) => {
    const shape: [number, number] = [rows, context];
    const labels = tensor2d(targets, shape, "int32");
    const { logits } = model.apply(params, { tokens: tensor2d(inputs, shape, "int32") }, mode);
    return { value: loss(logits, labels), aside: countCorrect(logits, labels, parts) };
  };
}
