import { tensor2d } from "@tensorflow/tfjs-core";
import type { Mode, TensorTree, WithAside } from "@refrain/core";
import { countCorrect, crossEntropy, type Hits } from "@refrain/losses";
import type { TokenLoss } from "./language-objective.ts";
import type { Seq2seq } from "./seq2seq-contract.ts";

/** Pairs for teacher forcing, row-major: `source` [rows, sourceTime], `inputs` and `targets` [rows, time]; a target of -1 is padding. */
export type PairTokens = {
  readonly rows: number;
  readonly sourceTime: number;
  readonly time: number;
  readonly source: Int32Array;
  /** [rows] */
  readonly sourceLengths: readonly number[];
  /** Each begins with the mark of the start. */
  readonly inputs: Int32Array;
  /** Each ends with the mark of the end. */
  readonly targets: Int32Array;
};

/**
 * What a model from sequences to sequences is trained for: the loss of each next token of the target, teacher-forced, and how many the
 * likeliest token got right. `loss` is the cross-entropy by default.
 */
export function seq2seqObjective<P extends TensorTree>(
  model: Seq2seq<P>,
  loss: TokenLoss = (logits, labels) => crossEntropy(logits, labels),
): (params: P, batch: PairTokens, mode: Mode) => WithAside<Hits> {
  return (params, { rows, sourceTime, time, source, sourceLengths, inputs, targets }, mode) => {
    const input = { source: tensor2d(source, [rows, sourceTime], "int32"), sourceLengths, target: tensor2d(inputs, [rows, time], "int32") };
    const labels = tensor2d(targets, [rows, time], "int32");
    const { logits } = model.apply(params, input, mode);
    return { value: loss(logits, labels), aside: countCorrect(logits, labels) };
  };
}
