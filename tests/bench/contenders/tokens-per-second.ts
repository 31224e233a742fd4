import { TURN_SECONDS } from "./seconds-per-call.ts";

/** How many tokens a second are written over a turn. Promises are waited for. */
export async function tokensPerSecond(write: () => unknown): Promise<number> {
  const started = performance.now();
  let count = 0,
    seconds = 0;
  while (seconds < TURN_SECONDS) {
    const result = write();
    if (result instanceof Promise) await result;
    count++;
    seconds = (performance.now() - started) / 1000;
  }
  return count / seconds;
}
