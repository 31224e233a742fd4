import { type ChainScores, greedy, viterbi } from "@refrain/sampling";
import { checkLabels } from "../check-labels.ts";
import { checkTokens } from "../check-tokens.ts";
import type { LoadedModel } from "../contract.ts";
import type { Maker } from "../make-model.ts";
import { CELL_NAMES } from "../recurrent-layers.ts";
import { settingsOf } from "../settings.ts";
import { tokenizerOf } from "../tokenizer-of.ts";
import { withScratch } from "../with-scratch.ts";
import { bothWays } from "./both-ways.ts";
import { tokenRows } from "./token-rows.ts";

/** A model that gives each token a tag. */
export type Tagger = LoadedModel<"tagger", { readonly vocabulary: number; readonly tags: number }> & {
  /** The tags' names, in the order of their numbers, where they were saved. */
  readonly labels?: readonly string[];
  /**
   * [tokens * tags], token by token: logits of each one's tag; with a conditional random field, what the token alone says of it.
   *
   * @throws {RangeError} when there is no token, or one is none of the vocabulary's.
   */
  emissions(tokens: Iterable<number>): Float32Array;
  /** The likeliest tags, one a token: with a conditional random field those of the likeliest path (Viterbi 1967). @throws as `emissions` does. */
  tag(tokens: Iterable<number>): Int32Array;
};

/** A tagger of a file. */
export const tagger: Maker<Tagger> = (kernels, { config, tokenizer: json, labels, about }, params) => {
  const { heap } = kernels;
  const { size, choice, flag } = settingsOf("tagger", config);
  const [vocabulary, width, hidden, tags] = [size("vocabulary"), size("embedding"), size("hidden"), size("tags")];
  checkLabels(labels, tags);
  const tokenizer = tokenizerOf(json, vocabulary);
  const table = params.table("embedding.weight", vocabulary, width);
  const net = bothWays(kernels, params, "layers", { cell: choice("cell", CELL_NAMES), input: width, hidden, layers: size("layers") });
  const head = params.linear("head", tags, 2 * hidden);
  const chain: ChainScores | undefined = flag("crf", false)
    ? { transitions: params.floats("crf.transitions", tags, tags), start: params.floats("crf.start", tags), end: params.floats("crf.end", tags) }
    : undefined;
  const emissions: Tagger["emissions"] = (given) => {
    params.alive();
    const tokens = checkTokens("tagger", given, vocabulary),
      time = tokens.length;
    return withScratch(heap, (lend) => {
      const { outputs } = net.read(lend, time, tokenRows(lend, table, width, tokens));
      const found = lend(time * tags);
      head.matrix.multiply(time, outputs, head.bias, found);
      return heap.f32(found, time * tags).slice();
    });
  };
  return {
    kind: "tagger",
    config: { vocabulary, tags },
    get tokenizer() {
      return tokenizer();
    },
    ...(labels && { labels }),
    about,
    emissions,
    tag(tokens) {
      const found = emissions(tokens);
      if (chain) return viterbi(chain, found);
      return Int32Array.from({ length: found.length / tags }, (_, step) => {
        const own = found.subarray(step * tags, (step + 1) * tags);
        return greedy(own);
      });
    },
    dispose: params.free,
  };
};
