import { tidy } from "@tensorflow/tfjs-core";
import { decodeTags } from "./decode-tags.ts";
import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";
import type { Tagger, TaggerParams } from "./tagger.ts";

/**
 * The likeliest tags of each sequence, as many as its length: with a conditional random field those of the likeliest path (Viterbi 1967),
 * else each step's own.
 *
 * @throws {RangeError} when a token is not of the vocabulary, or a length not from 0 to time; with a conditional random field also when one is 0.
 */
export function tag(model: Tagger, params: TaggerParams, sequences: PaddedTokens): Int32Array[] {
  const { lengths } = sequences;
  const emissions = tidy(() => model.apply(params, { tokens: tokensOf(sequences), lengths }).emissions);
  try {
    return decodeTags(model, params, emissions, lengths);
  } finally {
    emissions.dispose();
  }
}
