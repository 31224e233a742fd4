import { foldIn, key, type TensorTree } from "@refrain/core";
import { randomWindows } from "@refrain/data";
import { crossEntropy } from "@refrain/losses";
import { type LanguageModel, languageObjective } from "@refrain/models";
import { adamw, constant, train } from "@refrain/train";
import type { Shape } from "../shapes.ts";
import { someTokens } from "./some-tokens.ts";

const TOKENS = 100_000;

/** One training step of a model after the other, by our own loop. */
export async function* trainingSteps(model: LanguageModel<TensorTree>, { vocabulary, batch, context }: Shape): AsyncGenerator<void> {
  const events = train({
    params: model.init(key(1)),
    optimizer: adamw(),
    objective: languageObjective(model, (logits, labels) => crossEntropy(logits, labels)),
    batches: randomWindows(someTokens(TOKENS, vocabulary), { batch, context }, 1),
    schedule: constant(1e-3),
    budget: { steps: Number.MAX_SAFE_INTEGER },
    clip: 1,
    key: foldIn(key(1), 1),
  });
  for await (const { event } of events) if (event === "step") yield;
}
