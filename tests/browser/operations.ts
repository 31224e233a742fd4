// Compares docs/operations.md with what the operations do in Chromium: node operations.ts [--write]
// BACKENDS names the backends (default: webgpu,webgl), CHROMIUM another browser.
import type { BackendName } from "@refrain/core";
import { settle } from "@refrain-tests/operations/settle";
import { browserOrNone } from "./browser-or-none.ts";
import { openPage } from "./open-page.ts";
import { serve } from "./serve.ts";

const backends = (process.env.BACKENDS ?? "webgpu,webgl").split(",") as BackendName[];
const executable = browserOrNone();
if (executable) {
  const { server, url } = await serve([]);
  for (const backend of backends) {
    const { browser, page } = await openPage(executable, url);
    try {
      const rows = await page.evaluate((name) => tryOperations(name), backend);
      if (!settle(backend, rows, process.argv.includes("--write"))) process.exitCode = 1;
    } finally {
      await browser.close();
    }
  }
  server.close();
}
