import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkInterface } from "./check-interface.test-helper.ts";
import { makeModel } from "./make-model.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const deno = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));
const file = await makeModel("int8");

describe("the Deno Deploy script", () => {
  // A copy, as the example must stand alone; beside this file, where the packages are found as if they had been installed.
  const folder = mkdtempSync(join(import.meta.dirname, ".deno-deploy-"));
  let server: ChildProcess, url: string;
  beforeAll(async () => {
    cpSync(fileURLToPath(new URL("deno-deploy", EXAMPLES)), folder, { recursive: true });
    writeFileSync(join(folder, "model.safetensors"), file);
    const flags = ["--no-lock", "--node-modules-dir=manual", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read"];
    server = spawn(deno, ["run", ...flags, "main.ts"], {
      cwd: folder,
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, as what npm installs as deno may be a script that starts it.
      detached: true,
    });
    url = await new Promise((resolve, reject) => {
      let said = "";
      const hear = (chunk: Buffer) => {
        said += chunk;
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
        if (found) resolve(found[0]);
      };
      server.stdout?.on("data", hear);
      server.stderr?.on("data", hear);
      server.on("error", reject);
      server.on("exit", (code) => reject(new Error(`deno ended with ${code}: ${said}`)));
    });
  }, 30_000);
  afterAll(() => {
    if (server.pid) process.kill(-server.pid);
    rmSync(folder, { recursive: true });
  });

  checkInterface(
    () => url,
    () => file,
  );

  it("has the HTTP interface of the Worker, byte by byte", () => {
    const read = (path: string) => readFileSync(new URL(path, EXAMPLES), "utf8");
    expect(read("deno-deploy/lyrics.ts")).toBe(read("worker/src/lyrics.ts"));
  });
});
