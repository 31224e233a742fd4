import { bundleWorker } from "@refrain-tests/examples/bundle-worker";
import { openWorker } from "@refrain-tests/examples/open-worker";
import { join } from "node:path";
import type { Written } from "./written.ts";

/** What workerd writes with each build, in a Worker of the suite. */
export async function inWorkerd(file: Uint8Array<ArrayBuffer>): Promise<Written[]> {
  const worker = await openWorker(await bundleWorker(join(import.meta.dirname, "worker.ts"), { "model.safetensors": file }));
  try {
    return (await (await fetch(worker.url)).json()) as Written[];
  } finally {
    await worker.close();
  }
}
