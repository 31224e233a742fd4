import type { LoadOptions, ModelSource } from "./contract.ts";
import { readFile } from "./read-file.ts";

/**
 * All bytes of a source, in an array of their own where they had to be collected.
 *
 * @throws {Error} when the server's answer is no success, or has no body. @throws the signal's reason once it is aborted.
 */
export async function readSource(source: ModelSource, { onProgress, signal }: Pick<LoadOptions, "onProgress" | "signal">): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  // A view of shared memory may change while it is read.
  if (source instanceof Uint8Array) return source.buffer instanceof ArrayBuffer ? (source as Uint8Array<ArrayBuffer>) : Uint8Array.from(source);
  if (source instanceof ReadableStream) return await collect(source, undefined, onProgress, signal);
  const url = source instanceof URL ? source : typeof source === "string" && source.startsWith("file:") ? new URL(source) : undefined;
  if (url?.protocol === "file:") {
    const bytes = await readFile(url);
    onProgress?.({ loaded: bytes.length, total: bytes.length });
    return bytes;
  }
  const response = source instanceof Response ? source : await ask(source, signal);
  const from = response.url || "the model's response";
  if (!response.ok) {
    void response.body?.cancel();
    throw new Error(`loading a model: ${from} answered ${response.status} ${response.statusText}. Check the address.`);
  }
  if (!response.body) throw new Error(`loading a model: ${from} has no body, or one that was read already.`);
  // What is compressed on the way has another length.
  const length = response.headers.get("content-encoding") ? null : response.headers.get("content-length");
  return await collect(response.body, length === null ? undefined : Number(length), onProgress, signal);
}

async function ask(address: string | URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(address, { ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(
      `loading a model: ${address} cannot be fetched (${(cause as Error).message}). A file is given by its URL, new URL("model.safetensors", import.meta.url), or by its bytes.`,
      { cause },
    );
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  onProgress: LoadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const stop = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  const parts: Uint8Array[] = [];
  let loaded = 0,
    whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      whole = done;
      if (done) break;
      parts.push(value);
      loaded += value.length;
      onProgress?.({ loaded, total });
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Whatever went wrong, nobody reads the rest.
    if (!whole) void reader.cancel().catch(() => {});
    reader.releaseLock();
  }
  const all = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
