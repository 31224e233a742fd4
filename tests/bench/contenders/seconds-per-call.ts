import { median } from "../compare/median.ts";

/** Seconds that a turn lasts at least: long enough to even out, short enough that what disturbs the machine disturbs all sides alike. */
export const TURN_SECONDS = 0.3;

/** Milliseconds below which the clock is too coarse: shorter calls are timed several at once. */
const CLOCK = 1;

/** The median time of a call in seconds, over as many as a turn has time for. Promises are waited for. */
export async function secondsPerCall(call: () => unknown, turn: number = TURN_SECONDS): Promise<number> {
  const samples: number[] = [];
  const end = performance.now() + 1000 * turn;
  let calls = 1;
  do {
    const started = performance.now();
    for (let i = 0; i < calls; i++) {
      const result = call();
      if (result instanceof Promise) await result;
    }
    const milliseconds = performance.now() - started;
    if (milliseconds < CLOCK) calls *= 2;
    else samples.push(milliseconds / 1000 / calls);
  } while (performance.now() < end || samples.length === 0);
  return median(samples);
}
