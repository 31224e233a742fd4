import { type BackendName, useBackend } from "@refrain/core";
import { engine } from "@tensorflow/tfjs-core";
import { type CaseFile, type GoldenCase, readCase } from "./case.ts";
import { mismatches } from "./compare.ts";
import { operationFor } from "./operations.ts";

export type { CaseFile };

export type Verdict = {
  readonly name: string;
  readonly verdict: "passed" | "failed";
  /** What failed. */
  readonly lines: readonly string[];
};

/** Checks cases on one backend, one after the other. Knows nothing of files, so that it runs in browsers as well. `options` are those of `simd`. */
export async function* checkCases(backend: BackendName, files: Iterable<CaseFile>, options?: Parameters<typeof useBackend>[1]): AsyncGenerator<Verdict> {
  await useBackend(backend, options);
  for (const file of files) {
    engine().startScope();
    try {
      yield await check(readCase(file), backend);
    } catch (error) {
      yield { name: file.name, verdict: "failed", lines: [(error as Error).stack ?? String(error)] };
    } finally {
      engine().endScope();
    }
  }
}

async function check(golden: GoldenCase, backend: BackendName): Promise<Verdict> {
  const { name } = golden;
  const operation = operationFor(golden);
  const lines = await mismatches(golden, await operation(golden), backend);
  return { name, verdict: lines.length > 0 ? "failed" : "passed", lines };
}
