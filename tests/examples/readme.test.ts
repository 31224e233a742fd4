import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle-worker.ts";
import { eventsOf } from "./events-of.ts";
import { makeModel } from "./make-model.ts";
import { type OpenWorker, openWorker } from "./open-worker.ts";

const page = readFileSync(new URL("../../packages/infer/README.md", import.meta.url), "utf8");
const blockOf = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] as string;

describe("the Worker in the README of @refrain/infer", () => {
  // Beside this file, where the packages are found as if they had been installed.
  const folder = mkdtempSync(join(import.meta.dirname, ".readme-"));
  let worker: OpenWorker;
  beforeAll(async () => {
    const { main } = JSON.parse(blockOf("json")) as { main: string };
    writeFileSync(join(folder, main), blockOf("js"));
    worker = await openWorker(await bundleWorker(join(folder, main), { "model.safetensors": await makeModel("int8") }));
  });
  afterAll(async () => {
    await worker.close();
    rmSync(folder, { recursive: true });
  });

  it("streams 200 tokens of lyrics", async () => {
    const response = await fetch(`${worker.url}?prompt=${encodeURIComponent("夢")}`);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = eventsOf(await response.text());
    expect(events).toHaveLength(200);
    for (const { data } of events) expect(data).toMatch(/^[\n\p{Script=Han}]$/u);
  });
});
