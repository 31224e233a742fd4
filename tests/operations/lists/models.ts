import { key, type TensorTree } from "@refrain/core";
import {
  captioner,
  charRnn,
  type CharRnnConfig,
  classifier,
  type ClassifierConfig,
  gpt,
  type GptConfig,
  reader,
  seq2seq,
  type Seq2seqConfig,
  tagger,
} from "@refrain/models";
import { type Tensor, tensor2d, type Tensor4D } from "@tensorflow/tfjs-core";
import { numbers } from "../inputs.ts";
import { operation, type Operation } from "../operation.ts";

const MODELS = "@refrain/models";
const tokens = () => tensor2d([1, 0, 6, 1, 3, 3], [2, 3], "int32");

const recurrent = (cell: CharRnnConfig["cell"]): Operation => {
  const model = charRnn({ cell, vocabulary: 7, embedding: 5, hidden: 6, layers: 2 });
  return operation(
    MODELS,
    `charRnn, ${cell}`,
    () => model.init(key(1)) as TensorTree,
    (params) => model.apply(params as never, { tokens: tokens() }).logits,
  );
};

const transformer = (positions: NonNullable<GptConfig["positions"]>): Operation => {
  const model = gpt({ vocabulary: 7, context: 4, features: 8, heads: 2, layers: 1, positions });
  return operation(
    MODELS,
    `gpt, ${positions} positions`,
    () => model.init(key(1)) as TensorTree,
    (params) => model.apply(params as never, { tokens: tokens() }).logits,
  );
};

const bothWays = { vocabulary: 7, embedding: 4, cell: "gru", hidden: 3, layers: 2 } as const;

const tagging = (): Operation => {
  const model = tagger({ ...bothWays, tags: 5 });
  return operation(
    MODELS,
    "tagger",
    () => model.init(key(1)) as TensorTree,
    (params) => model.apply(params as never, { tokens: tokens(), lengths: [3, 2] }).emissions,
  );
};

const classifying = (pool: NonNullable<ClassifierConfig["pool"]>): Operation => {
  const model = classifier({ ...bothWays, classes: 4, pool });
  return operation(
    MODELS,
    `classifier, ${pool}`,
    () => model.init(key(1)) as TensorTree,
    (params) => model.apply(params as never, { tokens: tokens(), lengths: [3, 2] }).logits,
  );
};

const reading = (): Operation => {
  const model = reader(bothWays);
  const question = () => tensor2d([6, 1, 3, 0], [2, 2], "int32");
  return operation(
    MODELS,
    "reader",
    () => model.init(key(1)) as TensorTree,
    (params) => {
      // Without passages' lengths, as logits of minus infinity have no sum.
      const { first, last, weights } = model.apply(params as never, { passage: tokens(), question: question(), questionLengths: [1, 2] });
      return [first, last, weights];
    },
  );
};

const vocabularies = { sourceVocabulary: 7, vocabulary: 5, start: 3, end: 4 };
const recurring = { ...vocabularies, cell: "lstm", embedding: 4, hidden: 6 } as const;

/** With the weights, where a model has them. */
const pairing = (name: string, config: Seq2seqConfig): Operation => {
  const model = seq2seq(config);
  const target = () => tensor2d([3, 0, 3, 2], [2, 2], "int32");
  return operation(
    MODELS,
    `seq2seq, ${name}`,
    () => model.init(key(1)) as TensorTree,
    (params) => {
      const { logits, weights } = model.apply(params as never, { source: tokens(), sourceLengths: [3, 2], target: target(), weights: true });
      return weights ? [logits, weights] : logits;
    },
  );
};

const captioning = (): Operation => {
  const sizes = { height: 8, width: 4, channels: 3, convolutions: [4, 8], vocabulary: 5, embedding: 4, hidden: 6 };
  const model = captioner({ ...sizes, start: 3, end: 4, cell: "lstm" });
  return operation(
    MODELS,
    "captioner",
    // Numbers that leave no rectifier near its kink, where slopes are of neither side.
    () => ({ own: model.init(key(2)) as TensorTree, picture: numbers<Tensor4D>([2, 8, 4, 3]) }),
    ({ own, picture }) => {
      const { logits, weights } = model.apply(own as never, { picture, target: tensor2d([3, 0, 3, 2], [2, 2], "int32"), weights: true });
      return [logits, weights as Tensor];
    },
  );
};

export const models: readonly Operation[] = [
  ...(["rnn", "lstm", "gru", "peephole-lstm"] as const).map(recurrent),
  ...(["learned", "sinusoidal", "rotary", "alibi"] as const).map(transformer),
  tagging(),
  ...(["last", "mean", "attention"] as const).map(classifying),
  reading(),
  pairing("context", { kind: "context", ...recurring }),
  pairing("attending", { kind: "attending", ...recurring }),
  pairing("attending, input feeding", { kind: "attending", ...recurring, inputFeeding: true }),
  pairing("transformer", { kind: "transformer", ...vocabularies, features: 8, heads: 2, layers: 1 }),
  captioning(),
];
