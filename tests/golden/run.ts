// Compares Refrain with the golden cases: node run.ts [NAME ...]
// GOLDEN_CASES names a folder of cases (default: cases/ beside this file); BACKENDS the backends (default: simd,cpu); BUILD and THREADS
// those of simd.
import type { BackendName, useBackend } from "@refrain/core";
import type { CaseFile } from "./case.ts";
import { checkCases } from "./check-cases.ts";
import { findCases } from "./find-cases.ts";

const backends = (process.env.BACKENDS ?? "simd,cpu").split(",") as BackendName[];
const { BUILD: build = "auto", THREADS: threads = 1 } = process.env;
const options = { build, threads: Number(threads) } as Parameters<typeof useBackend>[1];
const files = readCases(process.argv.slice(2));

const failures = new Map<string, string[]>();
for (const backend of backends) {
  for await (const { name, lines } of checkCases(backend, files, backend === "simd" ? options : undefined))
    failures.set(name, [...(failures.get(name) ?? []), ...lines.map((line) => `${backend}: ${line}`)]);
}

function readCases(names: string[]): CaseFile[] {
  try {
    return findCases(names);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

const failed = [...failures].filter(([, lines]) => lines.length > 0);
for (const [name, lines] of failed) console.error(`FAIL ${name}\n  ${lines.join("\n  ")}`);
console.log(`on ${backends.join(" and ")}, each case:`);
console.log(`${failures.size - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || failures.size === 0 ? 1 : 0;
