import { type Scalar, tidy } from "@tensorflow/tfjs-core";
import type { TensorTree } from "@refrain/core";
import type { Evaluation } from "./events.ts";
import { takeScalars, tally } from "./tally.ts";
import type { Objective } from "./train.ts";

/** The mean loss and the accuracy of parameters over batches, each batch weighing as much as it has answers. Lets the host breathe between batches. */
export async function evaluate<P extends TensorTree, B>(objective: Objective<P, B>, params: P, batches: Iterable<B>): Promise<Evaluation> {
  let loss = 0;
  const answers = tally();
  for (const batch of batches) {
    const scalars: Record<string, Scalar> = tidy(() => {
      const { value, aside } = objective(params, batch, "inference");
      return { value, ...aside };
    });
    const { value, ...counts } = await takeScalars(scalars);
    loss += (value as number) * (counts.total as number);
    answers.add(counts);
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (answers.total() === 0) throw new Error("evaluate: the batches hold no answer to measure.");
  return { loss: loss / answers.total(), ...answers.accuracies() };
}
