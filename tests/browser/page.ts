// What runs in the browser: run.ts opens this page and calls `check`, operations.ts calls `tryOperations`.
import { checkCases, type Verdict } from "@refrain-tests/golden/check-cases";
import { type BackendName, useBackend } from "@refrain/core";
import { probe } from "@refrain-tests/operations/probe";
import type { Row } from "@refrain-tests/operations/settle";
import { checkFused } from "./check-fused.ts";
import { checkParity } from "./check-parity.ts";

declare global {
  /** Checks everything on a backend, and hands each verdict over as soon as it is known. */
  var check: (backend: BackendName) => Promise<void>;
  /** What each operation does on a backend. */
  var tryOperations: (backend: BackendName) => Promise<Row[]>;
  /** Takes a verdict: run.ts's. */
  var report: (verdict: Verdict) => Promise<void>;
}

globalThis.check = async (backend) => {
  if (backend === "webgpu") await report(await checkAuto());
  const names: string[] = await (await fetch("/cases.json")).json();
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: await fetchBytes(`/cases/${encodeURIComponent(name)}`) })));
  // On simd, two threads share the work: the page is cross-origin isolated.
  for await (const verdict of checkCases(backend, files, { threads: 2 })) await report(verdict);
  if (backend === "simd") return;
  if (backend === "webgpu") for await (const verdict of checkFused(backend)) await report(verdict);
  for await (const verdict of checkParity(backend)) await report(verdict);
};

globalThis.tryOperations = async (backend) => {
  const rows: Row[] = [];
  for await (const row of probe(backend)) rows.push(row);
  return rows;
};

/** Whether "auto" takes WebGPU, which is there. */
async function checkAuto(): Promise<Verdict> {
  const taken = await useBackend("auto");
  return { name: 'useBackend("auto")', ...(taken === "webgpu" ? { verdict: "passed", lines: [] } : { verdict: "failed", lines: [`took ${taken}`] }) };
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
