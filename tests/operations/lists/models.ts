import { key, type TensorTree } from "@refrain/core";
import { charRnn, type CharRnnConfig, gpt, type GptConfig } from "@refrain/models";
import { tensor2d } from "@tensorflow/tfjs-core";
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

export const models: readonly Operation[] = [
  ...(["rnn", "lstm", "gru", "peephole-lstm"] as const).map(recurrent),
  ...(["learned", "sinusoidal", "rotary", "alibi"] as const).map(transformer),
];
