import { mul, scalar, type Scalar, tensor2d } from "@tensorflow/tfjs-core";
import { crf, crossEntropy, type Hits } from "@refrain/losses";
import type { Mode, WithAside } from "@refrain/core";
import { decodeTags } from "./decode-tags.ts";
import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";
import type { Tagger, TaggerParams } from "./tagger.ts";

/** Sequences with their tags, row-major [rows, time]; what is no tag (-1, say) is not known, and not asked for. */
export type TaggedTokens = PaddedTokens & { readonly tags: Int32Array };

/**
 * What a tagger is trained for: the loss of the tags, in nats a tag that is known, and how many of these `tag` gets right. With a
 * conditional random field it is the negative log-likelihood of the whole sequences, shared out among their tags.
 *
 * @throws {Error} when there is not one tag for each token.
 */
export function taggerObjective(model: Tagger): (params: TaggerParams, batch: TaggedTokens, mode: Mode) => WithAside<Hits> {
  const { tags: count } = model.config;
  return (params, batch, mode) => {
    const { rows, time, lengths } = batch;
    if (batch.tags.length !== rows * time)
      throw new Error(`taggerObjective: there must be one tag for each of the ${rows * time} tokens, padding included, but there are ${batch.tags.length}.`);
    const known = batch.tags.map((tag, i) => (i % time < (lengths[Math.floor(i / time)] as number) && tag >= 0 && tag < count ? tag : -1));
    const total = known.reduce((sum, tag) => sum + (tag < 0 ? 0 : 1), 0);
    const labels = tensor2d(known, [rows, time], "int32");
    const { emissions } = model.apply(params, { tokens: tokensOf(batch), lengths }, mode);
    const value: Scalar = params.crf
      ? mul(crf({ tags: count }).negativeLogLikelihood(params.crf, emissions, labels, lengths), rows / Math.max(total, 1))
      : crossEntropy(emissions, labels);
    const found = decodeTags(model, params, emissions, lengths);
    const correct = found.reduce((sum, tags, row) => sum + tags.filter((tag, step) => tag === known[row * time + step]).length, 0);
    return { value, aside: { correct: scalar(correct), total: scalar(total) } };
  };
}
