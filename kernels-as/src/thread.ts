import type { Pointer } from "./kernels.ts";

/** What a thread is told: which it is, and where the work and its scratch lie in the memory that all share. */
export type ThreadTask = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly pool: Pointer;
  readonly index: number;
  readonly scratch: Pointer;
};

/** What a worker of the web has to talk through. */
type Scope = {
  addEventListener(type: "message", listener: (event: { readonly data: ThreadTask }) => void, options: { once: true }): void;
  postMessage(message: string): void;
};

type Exports = { work(pool: Pointer, index: number, scratch: Pointer): void; fail(): void };

/** Makes of this worker one of the threads that share the kernels' work, says so, and never comes back. */
function serve({ module, memory, pool, index, scratch }: ThreadTask, ready: () => void): void {
  const abort = () => {
    throw new Error("a kernel stopped");
  };
  const exports = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as Exports;
  ready();
  try {
    exports.work(pool, index, scratch);
  } finally {
    // Only a trap leads here. The caller, who waits for what this thread had begun, is told in the memory, as it sees no event meanwhile.
    exports.fail();
  }
}

// This file is what a worker runs: one of Node, Deno or Bun is told by workerData, one of the web by a message.
if (globalThis.process?.versions?.node) {
  const { parentPort, workerData } = await import("node:worker_threads");
  serve(workerData as ThreadTask, () => parentPort?.postMessage("ready"));
} else {
  const scope = globalThis as unknown as Scope;
  scope.addEventListener("message", ({ data }) => serve(data, () => scope.postMessage("ready")), { once: true });
}
