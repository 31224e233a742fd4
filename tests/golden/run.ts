// Compares Refrain with the golden cases: node run.ts [NAME ...]
// GOLDEN_CASES names a folder of cases (default: cases/ beside this file); BACKENDS the backends (default: simd,cpu).
import { engine, getBackend } from "@tensorflow/tfjs-core";
import { type BackendName, useBackend } from "@refrain/core";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type GoldenCase, type Operation, readCase } from "./case.ts";
import { mismatches } from "./compare.ts";
import { forwardPart } from "./forward-part.ts";
import { operationFor } from "./operations.ts";

const folder = resolve(process.env.GOLDEN_CASES ?? join(import.meta.dirname, "cases"));
const backends = (process.env.BACKENDS ?? "simd,cpu").split(",") as BackendName[];
const wanted = process.argv.slice(2);
if (!existsSync(folder)) {
  console.error(`there is no folder ${folder}. GOLDEN_CASES must name a folder of cases.`);
  process.exit(2);
}
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".safetensors"))
  .map((file) => file.slice(0, -".safetensors".length))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .toSorted();
if (names.length === 0) throw new Error(`there are no golden cases${wanted.length ? ` named ${wanted.join(", ")}` : ""} in ${folder}`);

const failures = new Map<string, string[]>();
const skipped = new Set<string>();
for (const backend of backends) {
  await useBackend(backend);
  for (const name of names) {
    engine().startScope();
    try {
      const golden = readCase(name, join(folder, `${name}.safetensors`));
      const operation = operationFor(golden);
      const part = forwardPart(golden);
      if (operation) record(name, await check(golden, operation));
      else skipped.add(name);
      if (part) record(part.name, await check(part, operationFor(part) as Operation));
    } catch (error) {
      record(name, [`${backend}: ${(error as Error).stack}`]);
    } finally {
      engine().endScope();
    }
  }
}

async function check(golden: GoldenCase, operation: Operation): Promise<string[]> {
  return mismatches(golden, await operation(golden)).map((line) => `${getBackend()}: ${line}`);
}

function record(name: string, lines: string[]): void {
  failures.set(name, [...(failures.get(name) ?? []), ...lines]);
}

const failed = [...failures].filter(([, lines]) => lines.length > 0);
for (const [name, lines] of failed) console.error(`FAIL ${name}\n  ${lines.join("\n  ")}`);
for (const name of skipped) console.log(`skipped ${name}: not built yet`);
console.log(`on ${backends.join(" and ")}, each case:`);
console.log(`${failures.size - failed.length} passed, ${failed.length} failed, ${skipped.size} skipped`);
process.exitCode = failed.length > 0 || failures.size === 0 ? 1 : 0;
