import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle-worker.ts";
import { checkInterface } from "./check-interface.test-helper.ts";
import { makeModel } from "./make-model.ts";
import { type OpenWorker, openWorker } from "./open-worker.ts";

const ENTRY = fileURLToPath(new URL("../../examples/worker/src/worker.ts", import.meta.url));
const COUNTING = fileURLToPath(new URL("counting-worker.ts", import.meta.url));

const file = await makeModel("int8");
const bundle = (entry: string) => bundleWorker(entry, { "model.safetensors": file });

describe("the Worker", () => {
  let worker: OpenWorker;
  beforeAll(async () => {
    worker = await openWorker(await bundle(ENTRY));
  });
  afterAll(() => worker.close());

  checkInterface(
    () => worker.url,
    () => file,
  );

  it("has at most 25,000 bytes of JavaScript, and 40 KB with the kernels, gzipped", async () => {
    const { code, modules } = await bundle(ENTRY);
    const kernels = modules.find(({ name }) => name === "relaxed.wasm")?.contents as Uint8Array<ArrayBuffer>;
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(25_000);
    expect(gzipSync(code).length + gzipSync(kernels).length).toBeLessThanOrEqual(40_000);
  });
});

describe("the Worker, counting", () => {
  let worker: OpenWorker;
  beforeAll(async () => {
    worker = await openWorker(await bundle(COUNTING));
  });
  afterAll(() => worker.close());
  const counts = async () => (await (await fetch(`${worker.url}counts`)).json()) as { read: number; open: number };

  it("stops writing when the client goes away", async () => {
    const client = new AbortController();
    const response = await fetch(`${worker.url}?length=1000`, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await wait(100);
    const { read, open } = await counts();
    expect(open).toBe(0);
    expect(read).toBeLessThan(500);
    await wait(100);
    expect((await counts()).read).toBe(read);
  });

  it("leaves no session open after answers and refusals", async () => {
    await Promise.all(["?length=5", "?length=0", "nowhere", "?length=9"].map(async (query) => (await fetch(worker.url + query)).text()));
    expect((await counts()).open).toBe(0);
  });
});
