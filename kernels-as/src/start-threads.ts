import { inNode } from "./features.ts";
import type { Allocator } from "./heap.ts";
import type { Pointer } from "./kernels.ts";
import { nodeModule } from "./node-module.ts";
import type { ThreadTask } from "./thread.ts";

/** What a module with threads exports besides the kernels. */
export type Sharing = { share(count: number): Pointer; allocScratch(): Pointer };

/** A worker that has been started, and when it is ready to work. */
type Started = { readonly worker: { terminate(): unknown }; readonly ready: Promise<unknown> };

/**
 * Starts `count` - 1 workers that share the kernels' work with the caller. They end with the process, or the page, and do not keep it alive.
 *
 * @returns what ends them before.
 * @throws {Error} when one cannot be started: where a bundler left the file that they run behind, say.
 */
export async function startThreads(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory, run: Sharing & Allocator): Promise<() => void> {
  const pool = run.share(count);
  // The built file, where the sources themselves are run too: no worker compiles TypeScript everywhere.
  const url = new URL("../dist/thread.js", import.meta.url);
  const workers: Started["worker"][] = [];
  const stop = () => workers.forEach((worker) => void worker.terminate());
  try {
    const start = inNode() ? await starterInNode() : startOnTheWeb;
    const startOne = async (index: number) => {
      const { worker, ready } = start(url, { module, memory, pool, index, scratch: run.allocScratch() });
      workers.push(worker);
      await ready;
    };
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => startOne(i + 1)));
  } catch (cause) {
    stop();
    throw new Error(`loadKernels: cannot start a thread from ${url}. Keep that file beside the code, or ask for one thread.`, { cause });
  }
  return stop;
}

async function starterInNode(): Promise<(url: URL, task: ThreadTask) => Started> {
  const { Worker } = await nodeModule<typeof import("node:worker_threads")>("worker_threads");
  return (url, workerData) => {
    // None of the process's own options: those for `node -e`, say, no worker can start with.
    const worker = new Worker(url, { workerData, execArgv: [] });
    const ready = new Promise((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the worker ended with code ${code}`)));
    });
    return { worker, ready: ready.then(() => worker.unref()) };
  };
}

function startOnTheWeb(url: URL, task: ThreadTask): Started {
  const worker = new globalThis.Worker(url, { type: "module" });
  const ready = new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
    worker.postMessage(task);
  });
  return { worker, ready };
}
