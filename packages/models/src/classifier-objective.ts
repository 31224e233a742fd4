import { tensor1d } from "@tensorflow/tfjs-core";
import { countCorrect, type Hits } from "@refrain/losses";
import type { Mode, WithAside } from "@refrain/core";
import type { Classifier, ClassifierParams } from "./classifier.ts";
import type { TokenLoss } from "./language-objective.ts";
import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";

/** Sequences with the class of each, [rows]; what is no class (-1, say) is not asked for. */
export type LabelledTokens = PaddedTokens & { readonly labels: Int32Array };

/** What a classifier is trained for: the loss of each sequence's class, and how many classes it gets right. `loss` is `crossEntropy`, or one like it. */
export function classifierObjective(model: Classifier, loss: TokenLoss): (params: ClassifierParams, batch: LabelledTokens, mode: Mode) => WithAside<Hits> {
  return (params, batch, mode) => {
    const labels = tensor1d(batch.labels, "int32");
    const { logits } = model.apply(params, { tokens: tokensOf(batch), lengths: batch.lengths }, mode);
    return { value: loss(logits, labels), aside: countCorrect(logits, labels) };
  };
}
