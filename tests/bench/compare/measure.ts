import type { Contender } from "./contender.ts";
import { type Outcome, takeTurns } from "./take-turns.ts";

/** What the turns of several contenders came to, who are there at the same time; instead, where one cannot do it, why. */
export async function measure(opens: readonly (() => Promise<Contender>)[], rounds?: number): Promise<Outcome[]> {
  const opened = await Promise.all(opens.map((open) => open().catch((error: Error) => error)));
  const able = opened.filter((entry): entry is Contender => !(entry instanceof Error));
  try {
    const outcomes = await takeTurns(able, rounds);
    return opened.map((entry) => (entry instanceof Error ? entry : (outcomes[able.indexOf(entry)] as Outcome)));
  } finally {
    able.forEach((contender) => void contender.close());
  }
}
