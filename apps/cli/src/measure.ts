import type { TensorTree } from "@refrain/core";
import type { Batch } from "@refrain/data";
import { crossEntropy, type Parts } from "@refrain/losses";
import { type LanguageModel, languageObjective } from "@refrain/models";
import { type Evaluation, evaluate } from "@refrain/train";

/** The cross-entropy and the accuracy of a model, whatever loss trained it; where parts of the vocabulary are given, the accuracy on each. */
export function measure(model: LanguageModel, params: TensorTree, windows: Iterable<Batch>, parts?: Parts): Promise<Evaluation> {
  return evaluate(
    languageObjective(model, (logits, labels) => crossEntropy(logits, labels), parts),
    params,
    windows,
  );
}
