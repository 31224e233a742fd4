import type { Report } from "./events.ts";
import { tally } from "./tally.ts";

type Step = { readonly loss: number; readonly gradientNorm: number; readonly seconds: number; readonly counts: Readonly<Record<string, number>> };

/** What the steps since its making came to. */
export type Meter = {
  add(step: Step): void;
  count(): number;
  means(): Omit<Report, "from" | "to" | "rate">;
};

export function meter(): Meter {
  let count = 0;
  const sums = { loss: 0, gradientNorm: 0, seconds: 0 };
  const answers = tally();
  return {
    add(step) {
      count++;
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += step[name];
      answers.add(step.counts);
    },
    count: () => count,
    means: () => ({
      loss: sums.loss / Math.max(count, 1),
      ...answers.accuracies(),
      tokensPerSecond: answers.total() / Math.max(sums.seconds, 1e-9),
      gradientNorm: sums.gradientNorm / Math.max(count, 1),
    }),
  };
}
