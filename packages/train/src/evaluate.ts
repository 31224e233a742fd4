import { type Scalar, tidy } from "@tensorflow/tfjs-core";
import type { TensorTree } from "@refrain/core";
import type { Evaluation } from "./events.ts";
import type { Objective } from "./train.ts";

/** The mean loss and the accuracy of parameters over batches, each batch weighing as much as it has answers. Lets the host breathe between batches. */
export async function evaluate<P extends TensorTree, B>(objective: Objective<P, B>, params: P, batches: Iterable<B>): Promise<Evaluation> {
  let loss = 0,
    correct = 0,
    total = 0;
  for (const batch of batches) {
    const result = tidy(() => {
      const { value, aside } = objective(params, batch, "inference");
      return { value, ...aside };
    });
    const read = async (scalar: Scalar) => (await scalar.data())[0] as number;
    const count = await read(result.total);
    loss += (await read(result.value)) * count;
    correct += await read(result.correct);
    total += count;
    for (const scalar of Object.values(result)) scalar.dispose();
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (total === 0) throw new Error("evaluate: the batches hold no answer to measure.");
  return { loss: loss / total, accuracy: correct / total };
}
