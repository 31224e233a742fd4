import {
  add,
  concat,
  equal,
  expandDims,
  logicalNot,
  logicalOr,
  logSoftmax,
  mean,
  range,
  type Scalar,
  split as divide,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { checkLengths, type Key, split, uniform } from "@refrain/core";
import { viterbi } from "@refrain/sampling";
import { keptLabels } from "./kept-labels.ts";
import { logForward } from "./log-forward.ts";
import { logSumExp } from "./log-sum-exp.ts";
import { sequenceMask } from "./sequence-mask.ts";

/** The scores of a linear-chain conditional random field, beside the emissions. */
export type CrfParams = {
  /** [tags, tags]: how well the tag of the row is followed by that of the column. */
  readonly transitions: Tensor2D;
  /** [tags]: how well a sequence begins with the tag. */
  readonly start: Tensor1D;
  /** [tags]: how well it ends with it. */
  readonly end: Tensor1D;
};

/** How many tags there are. */
export type CrfConfig = { readonly tags: number };

/** Of all these, a score of minus infinity rules out what it scores. `lengths` [batch], at least 1 each, are all steps by default. */
export type Crf = {
  readonly kind: "crf";
  readonly config: CrfConfig;
  /** Fresh parameters, uniform from -0.1 to 0.1. */
  init(key: Key): CrfParams;
  /**
   * -log p(labels | emissions) in nats, the mean over the sequences. A label that is no tag (-100, say) leaves its step open: the
   * likelihood is then that of all paths through the other labels. Infinity where the labels' paths are ruled out.
   *
   * @param emissions [batch, time, tags]: a tagger's logits @param labels int32 [batch, time]
   * @throws {Error} when the shapes do not match. @throws {RangeError} when a length is not whole, or not from 1 to time.
   */
  negativeLogLikelihood(params: CrfParams, emissions: Tensor3D, labels: Tensor2D, lengths?: readonly number[]): Scalar;
  /**
   * The likeliest tags of each sequence (Viterbi 1967), as many as its length; of tags that score alike, the lower.
   *
   * @param emissions [batch, time, tags]
   * @throws as `negativeLogLikelihood` does. @throws {Error} when every path of a sequence is ruled out, or a score is NaN.
   */
  decode(params: CrfParams, emissions: Tensor3D, lengths?: readonly number[]): Int32Array[];
};

/**
 * A linear-chain conditional random field for tagging (Lafferty et al. 2001; on top of a recurrent net: Lample et al. 2016, section 2.2).
 * A sequence of tags y scores start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n], and its probability is the
 * softmax of that over all sequences of tags.
 *
 * @throws {RangeError} unless there is a whole number of tags, at least 1.
 */
export function crf({ tags }: CrfConfig): Crf {
  if (!Number.isInteger(tags) || tags < 1) throw new RangeError(`crf: tags must be a whole number of at least 1, but is ${tags}.`);

  function check(emissions: Tensor3D, lengths: readonly number[] | undefined): void {
    const [batch, time, width] = emissions.shape;
    if (emissions.rank !== 3 || width !== tags || batch < 1 || time < 1)
      throw new Error(`crf: the emissions must be [batch, time, ${tags}] with at least one sequence and step, but are [${emissions.shape}].`);
    if (!lengths) return;
    checkLengths(batch, time, lengths);
    if (lengths.includes(0)) throw new RangeError("crf: every sequence must have at least one step, but a length is 0. Leave empty sequences out.");
  }

  return {
    kind: "crf",
    config: { tags },
    init(key) {
      const [a, b, c] = split(key, 3) as [Key, Key, Key];
      const draw = (from: Key, size: number) => uniform(from, size, -0.1, 0.1);
      return { transitions: tensor2d(draw(a, tags * tags), [tags, tags]), start: tensor1d(draw(b, tags)), end: tensor1d(draw(c, tags)) };
    },
    negativeLogLikelihood({ transitions, start, end }, emissions, labels, lengths) {
      check(emissions, lengths);
      if (labels.dtype !== "int32") throw new Error(`crf: the labels must be int32, but are ${labels.dtype}.`);
      if (labels.shape.join() !== emissions.shape.slice(0, 2).join())
        throw new Error(`crf: the labels must be [batch, time] as the emissions [${emissions.shape}], but are [${labels.shape}].`);
      const known = lengths ? (where(expandDims(sequenceMask(lengths, emissions.shape[1]), 2), emissions, zerosLike(emissions)) as Tensor3D) : emissions;
      // What a step adds to all paths alike cancels out; without it, numbers stay small.
      const relative = logSoftmax(known);
      const own = equal(expandDims(labels, 2), range(0, tags, 1, "int32"));
      const allowed = logicalOr(own, logicalNot(expandDims(keptLabels(labels, tags), 2)));
      const labelled = where(allowed, relative, Number.NEGATIVE_INFINITY) as Tensor3D;
      const forward = logForward(
        concat([labelled, relative]),
        { first: start, move: (scores) => logSumExp(add(expandDims(scores, 2), transitions), 1) },
        lengths && [...lengths, ...lengths],
      );
      const [ofLabels, ofAll] = divide(logSumExp<Tensor1D>(add(forward, end), 1), 2) as [Tensor, Tensor];
      return mean(sub(ofAll, ofLabels));
    },
    decode({ transitions, start, end }, emissions, lengths) {
      check(emissions, lengths);
      const scores = { transitions: transitions.dataSync<"float32">(), start: start.dataSync<"float32">(), end: end.dataSync<"float32">() };
      const [batch, time] = emissions.shape;
      const values = emissions.dataSync<"float32">();
      return Array.from({ length: batch }, (_, i) => viterbi(scores, values.subarray(i * time * tags, (i * time + (lengths?.[i] ?? time)) * tags)));
    },
  };
}
