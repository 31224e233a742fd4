import { Miniflare } from "miniflare";
import type { WorkerBundle } from "./bundle-worker.ts";

/** A Worker that runs in workerd, on this machine, as it would at Cloudflare's. */
export type OpenWorker = { readonly url: string; close(): Promise<void> };

/**
 * Starts a bundled Worker in a process of its own.
 *
 * @param entry a module that starts in its place, and finds it as `./worker.js`
 */
export async function openWorker({ code, modules }: WorkerBundle, entry?: string): Promise<OpenWorker> {
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["enable_request_signal"],
    modules: [
      ...(entry ? [{ type: "ESModule" as const, path: "entry.js", contents: entry }] : []),
      { type: "ESModule", path: "worker.js", contents: code },
      ...modules.map(({ name, contents }) => ({ type: name.endsWith(".wasm") ? ("CompiledWasm" as const) : ("Data" as const), path: name, contents })),
    ],
  });
  return { url: (await miniflare.ready).href, close: () => miniflare.dispose() };
}
