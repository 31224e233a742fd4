import { tensor2d, tensor4d } from "@tensorflow/tfjs-core";
import type { Mode, WithAside } from "@refrain/core";
import { countCorrect, crossEntropy, type Hits } from "@refrain/losses";
import type { Captioner, CaptionerParams } from "./captioner.ts";
import type { TokenLoss } from "./language-objective.ts";

/** Pictures with their captions for teacher forcing, row-major; a target of -1 is padding. */
export type CaptionedPictures = {
  readonly rows: number;
  /** Tokens of the longest caption, with one of its marks. */
  readonly time: number;
  /** [rows, height, width, channels] */
  readonly pictures: Float32Array;
  /** [rows, time], each beginning with the mark of the start. */
  readonly inputs: Int32Array;
  /** [rows, time], each ending with the mark of the end. */
  readonly targets: Int32Array;
};

/**
 * What a captioner is trained for: the loss of each next token of the caption, teacher-forced, and how many the likeliest token got right.
 * `loss` is the cross-entropy by default.
 */
export function captionerObjective(
  model: Captioner,
  loss: TokenLoss = (logits, labels) => crossEntropy(logits, labels),
): (params: CaptionerParams, batch: CaptionedPictures, mode: Mode) => WithAside<Hits> {
  const { height, width, channels } = model.config;
  return (params, { rows, time, pictures, inputs, targets }, mode) => {
    const input = { picture: tensor4d(pictures, [rows, height, width, channels]), target: tensor2d(inputs, [rows, time], "int32") };
    const labels = tensor2d(targets, [rows, time], "int32");
    const { logits } = model.apply(params, input, mode);
    return { value: loss(logits, labels), aside: countCorrect(logits, labels) };
  };
}
