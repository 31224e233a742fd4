import { type Scalar, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { countCorrect } from "@refrain/losses";
import type { Mode, WithAside } from "@refrain/core";
import type { CharRnn, CharRnnParams } from "./char-rnn.ts";

/** Windows for teacher forcing, row-major [rows, context]; a target of -1 is padding. */
export type TokenBatch = { readonly rows: number; readonly context: number; readonly inputs: Int32Array; readonly targets: Int32Array };

/** The mean loss of predicting each target. `logits` [.., classes], `labels` int32 [..] */
export type TokenLoss = (logits: Tensor, labels: Tensor) => Scalar;

/** What a language model is trained for: the loss of each next token, teacher-forced, and how many the likeliest token got right. */
export function languageObjective(
  model: CharRnn,
  loss: TokenLoss,
): (params: CharRnnParams, batch: TokenBatch, mode: Mode) => WithAside<{ correct: Scalar; total: Scalar }> {
  return (params, { rows, context, inputs, targets }, mode) => {
    const shape: [number, number] = [rows, context];
    const labels = tensor2d(targets, shape, "int32");
    const { logits } = model.apply(params, { tokens: tensor2d(inputs, shape, "int32") }, mode);
    const { correct, total } = countCorrect(logits, labels);
    return { value: loss(logits, labels), aside: { correct, total } };
  };
}
