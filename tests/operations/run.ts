// Compares docs/operations.md with what the operations do on simd and cpu: node run.ts [--write]
// tests/browser/operations.ts does the same for webgpu and webgl; npm run operations writes the page.
import { probe } from "./probe.ts";
import { type Row, settle } from "./settle.ts";
import { unlisted } from "./unlisted.ts";

const write = process.argv.includes("--write");
for (const backend of ["simd", "cpu"] as const) {
  const rows: Row[] = [];
  for await (const row of probe(backend)) rows.push(row);
  if (!settle(backend, rows, write)) process.exitCode = 1;
}
for (const name of unlisted()) {
  process.exitCode = 1;
  console.error(`FAIL ${name} has no row: give it one in lists/, or name it in unlisted.ts`);
}
