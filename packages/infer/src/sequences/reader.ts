import { bestSpan, logSoftmax } from "@refrain/sampling";
import { checkTokens } from "../check-tokens.ts";
import type { LoadedModel } from "../contract.ts";
import type { Maker } from "../make-model.ts";
import { CELL_NAMES } from "../recurrent-layers.ts";
import { settingsOf } from "../settings.ts";
import { dot, softmaxInPlace, weigh } from "../weighing.ts";
import { tokenizerOf } from "../tokenizer-of.ts";
import { withScratch } from "../with-scratch.ts";
import { bothWays } from "./both-ways.ts";
import { lastStates } from "./last-states.ts";
import { tokenRows } from "./token-rows.ts";

/** Where in a passage an answer stands. */
export type Answer = {
  /** The tokens of the passage that the answer begins and ends with, both included. */
  readonly first: number;
  readonly last: number;
  /** That it begins there, times that it ends there. */
  readonly probability: number;
};

/** A model that reads a passage and a question, and points at the words that answer it. */
export type QuestionReader = LoadedModel<"reader", { readonly vocabulary: number }> & {
  /** [passage] each: logits of the answer's first token, and of its last. @throws {RangeError} when there is no token, or one is none of the vocabulary's. */
  logits(passage: Iterable<number>, question: Iterable<number>): { readonly first: Float32Array; readonly last: Float32Array };
  /**
   * The likeliest answer among those that end no earlier than they begin.
   *
   * @param options `longest`: the most tokens that it may have; there is no limit by default.
   * @throws {RangeError} as `logits` does, and unless `longest` is a whole number of at least 1.
   */
  answer(passage: Iterable<number>, question: Iterable<number>, options?: { readonly longest?: number }): Answer;
};

/** A reader of a file. */
export const reader: Maker<QuestionReader> = (kernels, { config, tokenizer: json, about }, params) => {
  const { heap } = kernels;
  const { size, choice } = settingsOf("reader", config);
  const [vocabulary, width, hidden, layers] = [size("vocabulary"), size("embedding"), size("hidden"), size("layers")];
  const cell = choice("cell", CELL_NAMES),
    features = 2 * hidden;
  const tokenizer = tokenizerOf(json, vocabulary);
  const table = params.table("embedding.weight", vocabulary, width);
  const asker = bothWays(kernels, params, "question", { cell, input: width, hidden, layers });
  const net = bothWays(kernels, params, "passage", { cell, input: 3 * width, hidden, layers });
  const pointers = { first: params.floats("first.weight", features, features), last: params.floats("last.weight", features, features) };

  const logits: QuestionReader["logits"] = (givenPassage, givenQuestion) => {
    params.alive();
    const passage = checkTokens("reader", givenPassage, vocabulary),
      question = checkTokens("reader", givenQuestion, vocabulary);
    return withScratch(heap, (lend) => {
      const askedAt = tokenRows(lend, table, width, question);
      const words = heap.f32(tokenRows(lend, table, width, passage), passage.length * width).slice();
      const asked = heap.f32(askedAt, question.length * width).slice();
      // Each word beside what it found of its like in the question, and beside the product of the two.
      const x = lend(passage.length * 3 * width);
      passage.forEach((_, step) => {
        const scores = Float32Array.from(question, (__, other) => dot(words, step * width, asked, other * width, width) / Math.sqrt(width));
        const found = weigh(softmaxInPlace(scores), asked, width);
        const own = words.subarray(step * width, (step + 1) * width);
        heap.f32(x + 4 * step * 3 * width, 3 * width).set([...own, ...found, ...own.map((value, i) => value * (found[i] as number))]);
      });
      const keysAt = net.read(lend, passage.length, x).outputs;
      const query = lastStates(heap, asker.read(lend, question.length, askedAt), hidden);
      const keys = heap.f32(keysAt, passage.length * features).slice();
      const point = (weight: Float32Array) => {
        const wanted = weigh(query, weight, features);
        return Float32Array.from(passage, (_, step) => dot(wanted, 0, keys, step * features, features));
      };
      return { first: point(pointers.first), last: point(pointers.last) };
    });
  };
  return {
    kind: "reader",
    config: { vocabulary },
    get tokenizer() {
      return tokenizer();
    },
    about,
    logits,
    answer(passage, question, { longest } = {}) {
      if (longest !== undefined && (!Number.isInteger(longest) || longest < 1))
        throw new RangeError(`answer: longest must be a whole number of at least 1, but is ${longest}. Leave it out for answers of any length.`);
      const found = logits(passage, question);
      const { first, last, score } = bestSpan(logSoftmax(found.first), logSoftmax(found.last), longest);
      return { first, last, probability: Math.exp(score) };
    },
    dispose: params.free,
  };
};
