import type { Allocator } from "./heap.ts";
import type { Pointer } from "./kernels.ts";
import type { ThreadTask } from "./thread.ts";

/** What a module with threads exports besides the kernels. */
export type Sharing = { shareWork(count: number): Pointer; allocScratch(): Pointer };

/**
 * Starts `count` - 1 workers that share the kernels' work with the caller. They end with the process, or the page, and do not keep it alive.
 *
 * @throws {Error} when one cannot be started: where a bundler left the file that they run behind, say.
 */
export async function startThreads(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory, run: Sharing & Allocator): Promise<void> {
  const pool = run.shareWork(count);
  // The built file, where the sources themselves are run too: no worker compiles TypeScript everywhere.
  const url = new URL("../dist/thread.js", import.meta.url);
  const start = "process" in globalThis ? startInNode : startOnTheWeb;
  const tasks = Array.from({ length: count - 1 }, (_, i) => ({ module, memory, pool, index: i + 1, scratch: run.allocScratch() }));
  try {
    await Promise.all(tasks.map((task) => start(url, task)));
  } catch (cause) {
    throw new Error(`loadKernels: cannot start a thread from ${url}. Keep that file beside the code, or ask for one thread.`, { cause });
  }
}

async function startInNode(url: URL, workerData: ThreadTask): Promise<void> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(url, { workerData });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  worker.unref();
}

async function startOnTheWeb(url: URL, task: ThreadTask): Promise<void> {
  const worker = new globalThis.Worker(url, { type: "module" });
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
    worker.postMessage(task);
  });
}
