import { tidy } from "@tensorflow/tfjs-core";
import { type Asked, readerInput } from "./reader-input.ts";
import type { Reader, ReaderParams } from "./reader.ts";
import { spansOf } from "./spans-of.ts";

/** A span of a passage that answers a question. */
export type Answer = {
  /** The steps of the passage that the answer begins and ends with, both included. */
  readonly first: number;
  readonly last: number;
  /** That it begins there, times that it ends there. */
  readonly probability: number;
};

/** Which spans may answer. */
export type AnswerOptions = {
  /** The most steps that an answer may have; there is no limit by default. */
  readonly longest?: number;
};

/**
 * The likeliest answer to each question, among those that end no earlier than they begin.
 *
 * @throws {RangeError} unless `longest` is a whole number of at least 1, every token of the vocabulary, and every length at most its time,
 * a passage's at least 1.
 * @throws {Error} when there are not as many questions as passages.
 */
export function answer(model: Reader, params: ReaderParams, asked: Asked, { longest }: AnswerOptions = {}): Answer[] {
  if (longest !== undefined && (!Number.isInteger(longest) || longest < 1))
    throw new RangeError(`answer: longest must be a whole number of at least 1, but is ${longest}. Leave it out for answers of any length.`);
  const logits = tidy(() => {
    const { first, last } = model.apply(params, readerInput(asked));
    return { first, last };
  });
  const answers = spansOf(logits, longest).map(({ first, last, score }) => ({ first, last, probability: Math.exp(score) }));
  logits.first.dispose();
  logits.last.dispose();
  return answers;
}
