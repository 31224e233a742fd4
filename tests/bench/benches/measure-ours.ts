import type { Contender, Figures } from "../compare/contender.ts";
import { measure } from "../compare/measure.ts";

/** Measures several contenders of ours in turns. @throws {Error} when one cannot do it. */
export async function measureOurs(opens: readonly (() => Promise<Contender>)[], rounds?: number): Promise<Figures[]> {
  return (await measure(opens, rounds)).map((outcome) => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  });
}
