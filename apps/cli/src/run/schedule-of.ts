import { constant, cosine, exponential, inverseSquareRoot, linear, oneCycle, type Schedule, stepDecay, warmRestarts } from "@refrain/train";
import { UserError } from "../user-error.ts";
import { checkBelongs } from "./check-belongs.ts";
import type { TrainValues } from "./train-options.ts";

/** Those that begin with a warm-up. */
const WARMED = { cosine, constant, linear, "inverse-sqrt": inverseSquareRoot, exponential, step: stepDecay, "warm-restarts": warmRestarts };

/** Steps of a warm-up whose length was not told. */
const DEFAULT_WARMUP = 100;

/** The schedule that the options ask for. @throws {UserError} when the warm-up is not for it. */
export function scheduleOf({ schedule, lr, warmup }: TrainValues): Schedule {
  checkBelongs("warmup", warmup, "schedule", Object.keys(WARMED), schedule);
  if (schedule === "one-cycle") return oneCycle(lr);
  if (schedule === "inverse-sqrt" && warmup === 0) throw new UserError("--schedule inverse-sqrt needs a --warmup of at least 1.", 2);
  return WARMED[schedule](lr, { warmup: warmup ?? DEFAULT_WARMUP });
}
