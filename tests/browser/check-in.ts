import { setTimeout } from "node:timers/promises";
import type { BackendName } from "@refrain/core";
import type { Verdict } from "@refrain-tests/golden/check-cases";
import type { Browser } from "playwright-core";
import { openPage } from "./open-page.ts";

type Counts = Record<Verdict["verdict"], number>;

/** A browser whose GPU has died may never answer. */
const LIMIT_MS = 600_000;

/** Opens the page in a browser of its own, with a profile of its own, checks a backend there and prints each verdict. */
export async function checkIn(executablePath: string, url: string, backend: BackendName): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0 };
  let last = performance.now();
  const report = ({ name, verdict, lines }: Verdict) => {
    counts[verdict]++;
    const now = performance.now();
    console.log([`${backend}: ${verdict} ${name} (${((now - last) / 1000).toFixed(1)} s)`, ...lines].join("\n  "));
    last = now;
  };
  const fail = (name: string, line: string) => report({ name, verdict: "failed", lines: [line] });

  let browser: Browser | undefined;
  try {
    const opened = await openPage(executablePath, url, async (page) => {
      // Operations that a GPU refuses say so here and nowhere else.
      page.on("console", (message) => fail("the browser's console is silent", message.text()));
      page.on("pageerror", (error) => fail("nothing throws unheard", error.stack ?? error.message));
      await page.exposeFunction("report", report);
    });
    browser = opened.browser;
    const overdue = setTimeout(LIMIT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`there is no end after ${LIMIT_MS / 1000} s`);
    });
    await Promise.race([opened.page.evaluate((name) => check(name), backend), overdue]);
  } catch (error) {
    fail("the checks come to their end", (error as Error).message);
  } finally {
    await browser?.close();
  }
  return counts;
}
