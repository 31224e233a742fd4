import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree, type TensorTree } from "@refrain/core";
import type { Seq2seq } from "./seq2seq-contract.ts";
import { write, type WriteOptions, type Written } from "./write.ts";

/**
 * What a model writes for a source, and where each token of it looked in the source. The source is read once; each token then takes one
 * step, from the state, or the keys and values, of those before it.
 *
 * @param source tokens, at least one
 * @throws {RangeError} when there is no token, or one is not of the source's vocabulary; see `beamSearch` for the options.
 */
export function translate<P extends TensorTree>(model: Seq2seq<P>, params: P, source: Iterable<number>, options: WriteOptions): Written {
  const tokens = [...source];
  const { sourceVocabulary } = model.config;
  if (tokens.length === 0) throw new RangeError("translate: there must be at least one token to read.");
  const unknown = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= sourceVocabulary);
  if (unknown !== undefined) throw new RangeError(`translate: token ${unknown} is none of the source vocabulary's 0 to ${sourceVocabulary - 1}.`);
  // Nested tensors, which tidy's types do not know as such.
  const encoded = tidy(() => model.encode(params, { source: tensor2d(tokens, [1, tokens.length], "int32") }) as never) as TensorTree;
  try {
    return write(model, params, encoded, options);
  } finally {
    disposeTree(encoded);
  }
}
