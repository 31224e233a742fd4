import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Layer, TensorTree } from "@refrain/core";

/** What every language model reads. */
export type LanguageInput = {
  /** int32 [batch, time] */
  readonly tokens: Tensor2D;
  /** What an earlier call gave as `state`: what was read before these tokens; nothing by default. */
  readonly state?: TensorTree;
};

/** What every language model gives. */
export type LanguageOutput = {
  /** [batch, time, vocabulary]: for each place, of the token after it. */
  readonly logits: Tensor3D;
  /** [batch, time, features]: what the output layer reads. */
  readonly hidden: Tensor3D;
  readonly state: TensorTree;
};

/** What every model of text has in common: it reads tokens and foretells the one after each. */
export type LanguageModel<P extends TensorTree = TensorTree> = Layer<P, LanguageInput, LanguageOutput> & {
  readonly kind: "char-rnn" | "gpt";
  /** `context`: the most tokens that it sees at once, where there is a limit. */
  readonly config: { readonly vocabulary: number; readonly context?: number };
};
