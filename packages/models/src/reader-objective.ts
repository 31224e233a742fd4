import { add, scalar, type Scalar, tensor1d } from "@tensorflow/tfjs-core";
import { crossEntropy, type Hits } from "@refrain/losses";
import type { Mode, WithAside } from "@refrain/core";
import { type Asked, readerInput } from "./reader-input.ts";
import type { Reader, ReaderParams } from "./reader.ts";
import { spansOf } from "./spans-of.ts";

/** Questions about passages, and the first and last step of each answer in its passage: [rows]. */
export type Answered = Asked & { readonly first: Int32Array; readonly last: Int32Array };

/**
 * What a reader is trained for: the loss of where each answer begins and ends, in nats an answer, and how many answers it gets wholly right.
 *
 * @throws {Error} when there are not as many questions as passages and answers. @throws {RangeError} when an answer is no span of its passage.
 */
export function readerObjective(model: Reader): (params: ReaderParams, batch: Answered, mode: Mode) => WithAside<Hits> {
  return (params, batch, mode) => {
    const { passage, first, last } = batch;
    if (first.length !== passage.rows || last.length !== passage.rows)
      throw new Error(
        `readerObjective: there must be one answer for each passage, but for ${passage.rows} there are ${first.length} first steps and ${last.length} last.`,
      );
    passage.lengths.forEach((length, row) => {
      const [from, to] = [first[row] as number, last[row] as number];
      if (!(from >= 0 && from <= to && to < length))
        throw new RangeError(`readerObjective: an answer must lie within the ${length} steps of its passage, but that of row ${row} is from ${from} to ${to}.`);
    });
    const logits = model.apply(params, readerInput(batch), mode);
    const value: Scalar = add(crossEntropy(logits.first, tensor1d(first, "int32")), crossEntropy(logits.last, tensor1d(last, "int32")));
    const correct = spansOf(logits).filter((found, row) => found.first === first[row] && found.last === last[row]).length;
    return { value, aside: { correct: scalar(correct), total: scalar(passage.rows) } };
  };
}
