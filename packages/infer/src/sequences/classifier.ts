import { greedy, softmax } from "@refrain/sampling";
import { checkLabels } from "../check-labels.ts";
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

/** A class of a sequence. */
export type Classified = {
  /** The likeliest class; of those alike, the lower. */
  readonly label: number;
  /** [classes], their sum 1. */
  readonly probabilities: Float32Array;
  /** [tokens]: how much of the answer came from each token, where attention pools. */
  readonly weights?: Float32Array;
};

/** A model that puts sequences into classes. */
export type Classifier = LoadedModel<"classifier", { readonly vocabulary: number; readonly classes: number }> & {
  /** The classes' names, in the order of their numbers, where they were saved. */
  readonly labels?: readonly string[];
  /** [classes] @throws {RangeError} when there is no token, or one is none of the vocabulary's. */
  logits(tokens: Iterable<number>): Float32Array;
  /** @throws as `logits` does. */
  classify(tokens: Iterable<number>): Classified;
};

/** A classifier of a file. */
export const classifier: Maker<Classifier> = (kernels, { config, tokenizer: json, labels, about }, params) => {
  const { heap } = kernels;
  const { size, choice } = settingsOf("classifier", config);
  const [vocabulary, width, hidden, classes] = [size("vocabulary"), size("embedding"), size("hidden"), size("classes")];
  const pool = choice("pool", ["last", "mean", "attention"], "last"),
    features = 2 * hidden;
  checkLabels(labels, classes);
  const tokenizer = tokenizerOf(json, vocabulary);
  const table = params.table("embedding.weight", vocabulary, width);
  const net = bothWays(kernels, params, "layers", { cell: choice("cell", CELL_NAMES), input: width, hidden, layers: size("layers") });
  const head = params.linear("head", classes, features);
  const attention =
    pool === "attention" ? { key: params.linear("attention.key", features, features), query: params.floats("attention.query", 1, features) } : undefined;

  const read = (given: Iterable<number>) => {
    params.alive();
    const tokens = checkTokens("classifier", given, vocabulary),
      time = tokens.length;
    return withScratch(heap, (lend) => {
      const reading = net.read(lend, time, tokenRows(lend, table, width, tokens));
      const steps = () => heap.f32(reading.outputs, time * features).slice();
      let whole: Float32Array, weights: Float32Array | undefined;
      if (attention) {
        const keys = lend(time * features);
        attention.key.matrix.multiply(time, reading.outputs, attention.key.bias, keys);
        const offered = heap.f32(keys, time * features).map(Math.tanh);
        const scores = Float32Array.from({ length: time }, (_, step) => dot(attention.query, 0, offered, step * features, features));
        weights = softmaxInPlace(scores);
        whole = weigh(weights, steps(), features);
      } else whole = pool === "mean" ? weigh(new Float32Array(time).fill(1 / time), steps(), features) : lastStates(heap, reading, hidden);
      const [input, found] = [lend(features), lend(classes)];
      heap.f32(input, features).set(whole);
      head.matrix.multiply(1, input, head.bias, found);
      return { logits: heap.f32(found, classes).slice(), weights };
    });
  };
  return {
    kind: "classifier",
    config: { vocabulary, classes },
    get tokenizer() {
      return tokenizer();
    },
    ...(labels && { labels }),
    about,
    logits: (tokens) => read(tokens).logits,
    classify(tokens) {
      const { logits, weights } = read(tokens);
      const probabilities = softmax(logits);
      return { label: greedy(probabilities), probabilities, ...(weights && { weights }) };
    },
    dispose: params.free,
  };
};
