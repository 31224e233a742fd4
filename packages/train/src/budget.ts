import type { Progress } from "./events.ts";

/** What ends a run: a number of updates, or seconds of training. Only the first makes runs that repeat bit for bit. */
export type Budget = { readonly steps: number } | { readonly seconds: number };

/** The share of the budget that is spent, from 0; 1 or more ends the run. */
export function shareDone(budget: Budget, { step, seconds }: Progress): number {
  if ("steps" in budget) return budget.steps > 0 ? step / budget.steps : 1;
  return budget.seconds > 0 ? seconds / budget.seconds : 1;
}
