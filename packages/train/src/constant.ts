import type { Schedule } from "./schedule.ts";

/** One learning rate throughout, after a linear warm-up over the first `warmup` steps (0 by default). */
export function constant(rate: number, { warmup = 0 }: { readonly warmup?: number } = {}): Schedule {
  return ({ step }) => rate * Math.min(1, warmup > 0 ? (step + 1) / warmup : 1);
}
