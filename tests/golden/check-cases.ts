import { type BackendName, useBackend } from "@refrain/core";
import { engine } from "@tensorflow/tfjs-core";
import { type CaseFile, type GoldenCase, type Operation, readCase } from "./case.ts";
import { mismatches } from "./compare.ts";
import { forwardPart } from "./forward-part.ts";
import { operationFor } from "./operations.ts";

export type { CaseFile };

export type Verdict = {
  readonly name: string;
  /** Skipped is what no operation is built for yet. */
  readonly verdict: "passed" | "failed" | "skipped";
  /** What failed. */
  readonly lines: readonly string[];
};

/** Checks cases on one backend, one after the other. Knows nothing of files, so that it runs in browsers as well. */
export async function* checkCases(backend: BackendName, files: Iterable<CaseFile>): AsyncGenerator<Verdict> {
  await useBackend(backend);
  for (const file of files) {
    engine().startScope();
    try {
      yield* verdictsOf(readCase(file), backend);
    } catch (error) {
      yield { name: file.name, verdict: "failed", lines: [(error as Error).stack ?? String(error)] };
    } finally {
      engine().endScope();
    }
  }
}

async function* verdictsOf(golden: GoldenCase, backend: BackendName): AsyncGenerator<Verdict> {
  const operation = operationFor(golden);
  if (operation) yield await check(golden, operation, backend);
  else yield { name: golden.name, verdict: "skipped", lines: [] };
  const part = forwardPart(golden);
  if (part) yield await check(part, operationFor(part) as Operation, backend);
}

async function check(golden: GoldenCase, operation: Operation, backend: BackendName): Promise<Verdict> {
  const lines = await mismatches(golden, await operation(golden), backend);
  return { name: golden.name, verdict: lines.length > 0 ? "failed" : "passed", lines };
}
