import type { Allocator } from "./heap.ts";
import type { Pointer } from "./kernels.ts";
import type { ThreadTask } from "./thread.ts";

/** What a module with threads exports besides the kernels. */
export type Sharing = { shareWork(count: number): Pointer; allocScratch(): Pointer };

/** Starts `count` - 1 workers that share the kernels' work with the caller. They end with the process, or the page, and do not keep it alive. */
export async function startThreads(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory, run: Sharing & Allocator): Promise<void> {
  const pool = run.shareWork(count);
  // The built file, where the sources themselves are run too: no worker compiles TypeScript everywhere.
  const url = new URL("../dist/thread.js", import.meta.url);
  for (let index = 1; index < count; index++) await startOne(url, { module, memory, pool, index, scratch: run.allocScratch() });
}

async function startOne(url: URL, task: ThreadTask): Promise<void> {
  if ("process" in globalThis) {
    const { Worker } = await import("node:worker_threads");
    new Worker(url, { workerData: task }).unref();
  } else new globalThis.Worker(url, { type: "module" }).postMessage(task);
}

/** How many threads this machine runs at once, where it may share memory among them; else 1. */
export async function usableThreads(): Promise<number> {
  if (!("SharedArrayBuffer" in globalThis) || ("crossOriginIsolated" in globalThis && !globalThis.crossOriginIsolated)) return 1;
  if (!("process" in globalThis)) return globalThis.navigator?.hardwareConcurrency ?? 1;
  const { availableParallelism } = await import("node:os");
  return availableParallelism();
}
