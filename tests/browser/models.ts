import type { Layer, TensorTree } from "@refrain/core";
import { charRnn, gpt } from "@refrain/models";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** `tokens` int32 [batch, time]; `logits` [batch, time, vocabulary] of the token after each. */
export type LanguageModel = Layer<TensorTree, { readonly tokens: Tensor2D }, { readonly logits: Tensor3D }>;

/** The models that must train alike and answer alike on every backend, by name. They are small, as a GPU in software is slow. */
export const MODELS: Record<string, (vocabulary: number, context: number) => LanguageModel> = {
  "char-rnn of lstm": (vocabulary) => charRnn({ cell: "lstm", vocabulary, embedding: 12, hidden: 16, layers: 1, dropout: 0.1 }),
  "char-rnn of gru": (vocabulary) => charRnn({ cell: "gru", vocabulary, embedding: 16, hidden: 16, layers: 1, tied: true }),
  gpt: (vocabulary, context) => gpt({ vocabulary, context, features: 16, heads: 2, layers: 1, dropout: 0.1 }),
};
