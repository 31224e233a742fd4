// Runs the packages for real on every runtime: Node 20, 22, 24 and 26, Deno, Bun, workerd and Chromium, and from bundles. One that is missing fails.
import { gradientsAndThreads } from "./gradients-and-threads.ts";
import { newReport } from "./report.ts";
import { sameTokens } from "./same-tokens.ts";

const report = newReport();
await gradientsAndThreads(report);
await sameTokens(report);
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exit(report.failed === 0 ? 0 : 1);
