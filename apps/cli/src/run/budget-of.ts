import type { Budget } from "@refrain/train";
import { UserError } from "../user-error.ts";
import type { TrainValues } from "./train-options.ts";

/** Steps of a run whose end was not told. */
const DEFAULT_STEPS = 2000;

/** What ends a run on a text of so many characters. @throws {UserError} when more than one end is told. */
export function budgetOf({ steps, epochs, minutes, batch, context }: TrainValues, characters: number): Budget {
  const ends = Object.entries({ steps, epochs, minutes }).filter(([, value]) => value !== undefined);
  if (ends.length > 1) throw new UserError(`give one of --steps, --epochs and --minutes, not ${ends.map(([name]) => `--${name}`).join(" and ")}.`, 2);
  if (minutes !== undefined) return { seconds: 60 * minutes };
  if (epochs !== undefined) return { steps: Math.max(1, Math.round((epochs * characters) / (batch * context))) };
  return { steps: steps ?? DEFAULT_STEPS };
}
