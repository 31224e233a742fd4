import { setTimeout as pause } from "node:timers/promises";
import type { Contender, Figures } from "./contender.ts";
import { median } from "./median.ts";

/** Turns of each side that count, and those before them, in which engines compile what they find to be hot. */
const ROUNDS = 5,
  WARM_UP = 2;

/** Seconds from which on a turn is too long to be taken again: it counts, though nothing was warmed up before, and the side sits the others out. */
const SLOW = 6;

/** Milliseconds between turns, in which threads that look out for work fall asleep. */
const PAUSE = 30;

/** The medians of what each side's turns came to; instead, where it failed, why. */
export type Outcome = Figures | Error;

/** Lets the sides take turns: first to warm up, then in rounds that count, so that what disturbs the machine disturbs all. */
export async function takeTurns(sides: readonly Contender[], rounds: number = ROUNDS): Promise<Outcome[]> {
  const found = sides.map(() => ({ turns: [] as Figures[], error: undefined as Error | undefined, done: false }));
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const [i, side] of sides.entries()) {
      const mine = found[i];
      if (!mine || mine.done) continue;
      const started = performance.now();
      try {
        const figures = await side.turn();
        mine.done = performance.now() - started > 1000 * SLOW;
        if (round >= WARM_UP || mine.done) mine.turns.push(figures);
      } catch (error) {
        mine.error = error as Error;
        mine.done = true;
      }
      // At once: it may hold gigabytes.
      if (mine.done) side.close();
      await pause(PAUSE);
    }
  }
  return found.map(({ turns, error }) => error ?? medians(turns));
}

function medians(turns: readonly Figures[]): Figures {
  const names = Object.keys(turns[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(turns.map((figures) => figures[name] as number))]));
}
