import { disposeTree, type Layer, type TensorTree } from "@refrain/core";
import { tokenStep, type TokenUnfoldConfig, type TokenUnfoldParams } from "./token-step.ts";

/** Where an unfolding into tokens begins, and when it ends. */
export type TokenUnfoldInput<S> = {
  /** [batch]: the token that each sequence reads first; it is not written. */
  readonly first: readonly number[];
  /** The state before the first step, of any number of parts: an encoder's last, say. The cell's own initial state by default. */
  readonly state?: S | undefined;
  /** Tokens of a sequence, at most. */
  readonly length: number;
  /** The token that ends a sequence; it is not written. None does by default. */
  readonly stop?: number | undefined;
  /**
   * Picks a token from the logits [vocabulary] of a sequence's step, which it may change, and all its tokens so far, the first included:
   * a sampler of `@refrain/losses/sampling`. The likeliest token is taken by default.
   */
  readonly sampler?: ((logits: Float32Array, previous: readonly number[]) => number) | undefined;
};

/** What an unfolding into tokens wrote. */
export type TokenUnfoldOutput<S> = {
  /** The tokens that each sequence wrote. */
  readonly tokens: readonly (readonly number[])[];
  /** The state after each sequence's last step. */
  readonly state: S;
};

/**
 * Unfolds a state into sequences of tokens: a token is chosen from each step's logits, and the next step reads it (CNTK's UnfoldFrom with
 * a decoder of symbols). A sequence ends at the stop symbol or after `length` tokens. No gradient flows through a choice: such a net is
 * trained by teacher forcing, with the `recurrence` of its cell. For searches that try several ways on, see `unfoldReader`.
 *
 * @throws {RangeError} unless vocabulary, batch and length are whole numbers of at least 1, and every token is of the vocabulary.
 * @throws {Error} in training.
 */
export function unfoldTokens<P extends TensorTree, S extends TensorTree>(
  config: TokenUnfoldConfig<P, S>,
): Layer<TokenUnfoldParams<P>, TokenUnfoldInput<S>, TokenUnfoldOutput<S>> {
  const { cell, vocabulary } = config;
  const { init, check, step } = tokenStep("unfoldTokens", config);
  return {
    kind: "unfold-tokens",
    config: { cell: { kind: cell.kind, config: cell.config }, vocabulary },
    init,
    apply(params, { first, state: start, length, stop, sampler = likeliest }, mode = "inference") {
      if (mode !== "inference") throw new Error("unfoldTokens: it writes in inference only. Train by teacher forcing, with the recurrence of the cell.");
      if (!Number.isInteger(length) || length < 1) throw new RangeError(`unfoldTokens: length must be a whole number of at least 1, but is ${length}.`);
      if (first.length < 1) throw new RangeError("unfoldTokens: there must be a first token for at least one sequence.");
      for (const token of first) check("a first token", token);
      if (stop !== undefined) check("the stop symbol", stop);
      const texts = first.map((token) => [token]);
      const running = first.map(() => true);
      let state = start;
      const forget = () => state && state !== start && disposeTree(state);
      try {
        for (let written = 0; written < length && running.includes(true); written++) {
          const next = step(params, state, texts.map(lastOf), running);
          forget();
          ({ state } = next);
          const logits = next.logits.dataSync<"float32">();
          disposeTree([next.logits, next.hidden]);
          for (const [row, text] of texts.entries()) {
            if (!running[row]) continue;
            const token = sampler(logits.slice(row * vocabulary, (row + 1) * vocabulary), text);
            check("the sampler's choice", token);
            if (token === stop) running[row] = false;
            else text.push(token);
          }
        }
      } catch (error) {
        forget();
        throw error;
      }
      return { tokens: texts.map((text) => text.slice(1)), state: state as S };
    },
  };
}

const lastOf = (text: readonly number[]) => text.at(-1) as number;

/** The token of the largest logit, the first of several. */
function likeliest(logits: Float32Array): number {
  return logits.reduce((best, logit, token) => (logit > (logits[best] as number) ? token : best), 0);
}
