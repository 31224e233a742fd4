// Checks the golden cases and whole training runs in Chromium: node run.ts [NAME ...]
// BACKENDS names the backends (default: simd,webgpu,webgl), GOLDEN_CASES another folder of cases, CHROMIUM another browser.
import type { BackendName } from "@refrain/core";
import { findCases } from "@refrain-tests/golden/find-cases";
import { checkIn } from "./check-in.ts";
import { browserOrNone } from "./browser-or-none.ts";
import { serve } from "./serve.ts";

const backends = (process.env.BACKENDS ?? "simd,webgpu,webgl").split(",") as BackendName[];
const cases = findCases(process.argv.slice(2));
const browser = browserOrNone();
if (browser) {
  const { server, url } = await serve(cases);
  const summaries: string[] = [];
  for (const backend of backends) {
    const { passed, failed } = await checkIn(browser, url, backend);
    summaries.push(`${passed} passed, ${failed} failed on ${backend}`);
    if (failed > 0 || passed === 0) process.exitCode = 1;
  }
  server.close();
  console.log(summaries.join("\n"));
}
