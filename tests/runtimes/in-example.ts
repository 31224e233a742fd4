import { bundleWorker } from "@refrain-tests/examples/bundle-worker";
import { eventsOf } from "@refrain-tests/examples/events-of";
import { openWorker } from "@refrain-tests/examples/open-worker";
import { fileURLToPath } from "node:url";
import type { CharTokenizer } from "@refrain/data";
import type { Written } from "./written.ts";

const ENTRY = fileURLToPath(new URL("../../examples/worker/src/worker.ts", import.meta.url));

/** What the Worker of the examples streams, asked for what the suite writes, as tokens again. */
export async function inExample(file: Uint8Array<ArrayBuffer>, tokenizer: CharTokenizer): Promise<Written[]> {
  const worker = await openWorker(await bundleWorker(ENTRY, { "model.safetensors": file }));
  try {
    const events = eventsOf(await (await fetch(`${worker.url}?length=200&temperature=0.8&seed=1`)).text());
    return [{ kernels: "relaxed", tokens: events.slice(0, -1).map(({ data }) => tokenizer.encode(data as string)[0] as number) }];
  } finally {
    await worker.close();
  }
}
