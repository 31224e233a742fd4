import { findBrowser } from "./find-browser.ts";

/** The browser; without one there is nothing to do, except in CI, where that is a failure. */
export function browserOrNone(): string | undefined {
  try {
    return findBrowser();
  } catch (error) {
    const reason = (error as Error).message;
    if (process.env.CI) {
      console.error(`the browser tests must run in CI, but ${reason}`);
      process.exitCode = 1;
    } else console.log(`the browser tests are SKIPPED: ${reason}`);
    return undefined;
  }
}
