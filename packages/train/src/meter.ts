type Sums = { readonly loss: number; readonly correct: number; readonly total: number; readonly gradientNorm: number; readonly seconds: number };

/** What the steps since its making came to. */
export type Meter = {
  add(step: Sums): void;
  count(): number;
  means(): { loss: number; accuracy: number; tokensPerSecond: number; gradientNorm: number };
};

export function meter(): Meter {
  let count = 0;
  const sums = { loss: 0, correct: 0, total: 0, gradientNorm: 0, seconds: 0 };
  return {
    add(step) {
      count++;
      for (const name of Object.keys(sums) as (keyof Sums)[]) sums[name] += step[name];
    },
    count: () => count,
    means: () => ({
      loss: sums.loss / Math.max(count, 1),
      accuracy: sums.correct / Math.max(sums.total, 1),
      tokensPerSecond: sums.total / Math.max(sums.seconds, 1e-9),
      gradientNorm: sums.gradientNorm / Math.max(count, 1),
    }),
  };
}
