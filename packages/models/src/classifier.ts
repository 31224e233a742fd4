import { div, expandDims, maximum, mean, reshape, squeeze, sum, tanh, tensor1d, type Tensor2D, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { attend, paddingMask, type Score } from "@refrain/attention";
import { affine, dense, type DenseParams, dropout, embedding, type EmbeddingParams, type Key, type Layer, split, uniform } from "@refrain/core";
import { modeAt } from "@refrain/transformer";
import { bothWays, type BothWaysParams } from "./both-ways.ts";
import type { CellName } from "./recurrent-cell.ts";
import { checkSizes } from "./check-sizes.ts";
import { checkTypes } from "./check-types.ts";
import { lastStates } from "./last-states.ts";
import { realTokens } from "./real-tokens.ts";
import { tokenInput } from "./token-input.ts";

/** The sizes of a classifier, and how it makes one of all steps. */
export type ClassifierConfig = {
  /** Tokens. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly embedding: number;
  readonly cell: CellName;
  /** Hidden units of each layer, in either direction. */
  readonly hidden: number;
  readonly layers: number;
  readonly classes: number;
  /** What becomes of the steps of a sequence: the last state of either direction ("last", the default), their mean, or what attention finds among them. */
  readonly pool?: "last" | "mean" | "attention";
  /** The share of features dropped while training, after the embedding and before the output layer; 0 by default. */
  readonly dropout?: number;
};

/** Attention over steps: what is looked for, `query` [1, features], and what each step offers, by `key`. */
export type StepAttentionParams = { readonly key: DenseParams; readonly query: Tensor2D };

/** The parameters of a classifier. */
export type ClassifierParams = {
  readonly embedding: EmbeddingParams;
  readonly layers: BothWaysParams;
  /** Only where attention pools. */
  readonly attention?: StepAttentionParams;
  readonly head: DenseParams;
};

/** What a classifier reads. */
export type ClassifierInput = {
  /** int32 [batch, time] */
  readonly tokens: Tensor2D;
  /** [batch]: what stands beyond is not looked at; all steps by default. */
  readonly lengths?: readonly number[] | undefined;
};

/** What a classifier says of each sequence. */
export type ClassifierOutput = {
  /** [batch, classes] */
  readonly logits: Tensor2D;
  /** [batch, time]: how much of the answer came from each step, where attention pools. */
  readonly weights?: Tensor2D;
};

/** A recurrent net that reads sequences both ways and gives each one label. */
export type Classifier = Layer<ClassifierParams, ClassifierInput, ClassifierOutput> & {
  readonly kind: "classifier";
  readonly config: Required<ClassifierConfig>;
};

/**
 * A classifier of sequences: many steps, one answer. Embedding, bidirectional recurrent layers, their steps made one by the last states,
 * the mean or attention (Yang et al. 2016, eq. 5 to 7), dropout, dense.
 *
 * @throws {RangeError} when a size is not whole and positive, or the dropout is not at least 0 and under 1.
 * @throws {TypeError} when there is no such cell, or no such pooling.
 */
export function classifier(config: ClassifierConfig): Classifier {
  const { vocabulary, embedding: width, cell, hidden, layers, classes, pool = "last", dropout: rate = 0 } = config;
  checkSizes("classifier", { vocabulary, embedding: width, hidden, layers, classes });
  checkTypes("classifier", "number", { dropout: rate });
  if (!["last", "mean", "attention"].includes(pool)) throw new TypeError(`classifier: pool must be last, mean or attention, but is ${JSON.stringify(pool)}.`);
  const features = 2 * hidden;
  const tokens = embedding({ size: vocabulary, width });
  const net = bothWays("classifier", { cell, input: width, hidden, layers });
  const offered = dense({ inputs: features, outputs: features });
  const head = dense({ inputs: features, outputs: classes });
  const drop = dropout({ rate });

  return {
    kind: "classifier",
    config: { vocabulary, embedding: width, cell, hidden, layers, classes, pool, dropout: rate },
    init(key) {
      const [a, b, c, d, e] = split(key, 5) as [Key, Key, Key, Key, Key];
      const bound = 1 / Math.sqrt(features);
      const attention = () => ({ key: offered.init(d), query: tensor2d(uniform(e, features, -bound, bound), [1, features]) });
      return { embedding: tokens.init(a), layers: net.init(b), head: head.init(c), ...(pool === "attention" && { attention: attention() }) };
    },
    apply(params, { tokens: input, lengths }, mode = "inference") {
      const x = tokenInput(params.embedding, realTokens(input, lengths), rate, modeAt(mode, 0));
      const { outputs, state } = net.apply(params.layers, { x, lengths });
      const found = params.attention && attendSteps(params.attention, outputs, lengths);
      const whole = found?.output ?? (pool === "mean" ? meanOf(outputs, lengths) : lastStates(state));
      return { logits: affine(drop.apply({}, whole, modeAt(mode, 1)), params.head) as Tensor2D, ...(found && { weights: found.weights }) };
    },
  };
}

/** The mean of each sequence's own steps; beyond them there are zeros. [batch, time, features] to [batch, features] */
function meanOf(steps: Tensor3D, lengths: readonly number[] | undefined): Tensor2D {
  if (!lengths) return mean(steps, 1);
  return div(sum(steps, 1), maximum(expandDims(tensor1d([...lengths]), 1), 1));
}

/** What a query of the model's own finds among the steps, [batch, features], and where: [batch, time]. */
function attendSteps({ key, query }: StepAttentionParams, steps: Tensor3D, lengths: readonly number[] | undefined): { output: Tensor2D; weights: Tensor2D } {
  const [batch, time] = steps.shape;
  // One query for the whole batch: its products with all keys are those of a dense layer with one output.
  const score: Score = (asked, keys) => reshape(affine(keys, { weight: asked as Tensor2D }), [batch, 1, time]);
  const { output, weights } = attend(query, tanh(affine(steps, key)), steps, { score, mask: lengths && paddingMask(lengths, time) });
  return { output: squeeze(output, [1]), weights: squeeze(weights, [1]) };
}
