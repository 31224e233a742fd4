import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GPT, lines, refrain, SONGS, start, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);

beforeAll(async () => {
  const outcomes = await Promise.all([
    refrain("train", corpus, ...TINY, "--steps", "5", "--out", path("run"), "--json"),
    refrain("train", corpus, ...GPT, "--steps", "5", "--out", path("gpt"), "--json"),
  ]);
  for (const { code } of outcomes) expect(code).toBe(0);
});
afterAll(remove);

describe("a command whose reader goes away", () => {
  it.each([
    [["train", corpus, ...TINY, "--steps", "100000", "--report-every", "1", "--out", path("unread")]],
    [["train", corpus, ...TINY, "--steps", "100000", "--report-every", "1", "--out", path("unread-json"), "--json"]],
    [["write", path("run"), "--lines", "100000", "--max-characters", "1000000"]],
    [["write", path("run"), "--lines", "100000", "--max-characters", "1000000", "--json"]],
    [["study", "adding", "--length", "5", "--hidden", "4", "--steps", "100000", "--evaluate-every", "1", "--out", path("unread.svg")]],
  ])("ends quietly: %j", async (args) => {
    const { child, done } = start(args);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    child.stdout?.destroy();
    const { code, signal, stderr } = await done;
    expect([code, signal, stderr]).toEqual([0, null, ""]);
  });
});

describe("a command whose output has no room", () => {
  it.each([[["train", corpus, ...TINY, "--steps", "5", "--out", path("full")]], [["write", path("run")]], [["evaluate", path("run"), corpus, "--json"]]])(
    "says so in one line: %j",
    async (args) => {
      const { code, stderr } = await start(args, ["sh", "-c", 'exec "$0" "$@" > /dev/full']).done;
      expect(stderr).toMatch(/^refrain: standard output cannot be written: ENOSPC[^\n]*\.\n$/);
      expect(code).toBe(1);
    },
  );
});

describe("a terminal", () => {
  it("wraps lines under the progress bar, and is left below the last of them", async () => {
    const call = ["train", corpus, ...TINY, "--steps", "20", "--report-every", "5", "--out", path("shown")];
    const { code, stdout } = await start(call, ["sh", "-c", 'script -qec "$*" /dev/null', "sh"]).done;
    expect(code).toBe(0);
    expect(stdout).toMatch(/ 100 % {2}step 20 {2}/);
    // No switch to lines that are cut; the cursor is saved once more before it is put back, and shown.
    const plain = stdout.replaceAll("\x1b", "ESC");
    expect(plain).not.toContain("ESC[?7l");
    expect(plain.slice(plain.lastIndexOf("refrain write"))).toMatch(/^refrain write .*\r\nESC7[^\n]*ESC\[\?25h[^\n]*ESC8[^\n]*$/);
  });
});

describe("threads", () => {
  /** Runs a command and counts the workers that it starts. */
  async function workersOf(args: readonly string[]): Promise<number> {
    const probe = put(
      "probe.cjs",
      `const threads = require("node:worker_threads"), { Worker } = threads;
       let count = 0;
       threads.Worker = class extends Worker { constructor(...rest) { super(...rest); count++; } };
       require("node:module").syncBuiltinESMExports();
       process.on("exit", () => process.stderr.write("workers: " + count));`,
    );
    const { code, stderr } = await start(args, ["env", `NODE_OPTIONS=--require ${probe}`]).done;
    expect(code).toBe(0);
    return Number(/^workers: (\d+)$/.exec(stderr)?.[1]);
  }

  it.each([
    [["write", path("run"), "--lines", "1"]],
    [["write", path("gpt"), "--lines", "1", "--max-characters", "5000"]],
    [["rewrite", path("gpt"), "春風"]],
    [["export", path("gpt"), "--out", path("gpt.onnx")]],
    [["train", corpus, ...TINY, "--steps", "1", "--threads", "1", "--out", path("alone"), "--json"]],
  ])("are not started where they are of no use: %j", async (args) => expect(await workersOf(args)).toBe(0));

  it("are as many as training is told", async () => {
    expect(await workersOf(["train", corpus, ...TINY, "--steps", "1", "--threads", "3", "--out", path("together"), "--json"])).toBe(2);
  });
});

describe("runs side by side", () => {
  it("get folders of their own where they name none, and only one gets the folder that all name", async () => {
    const inside = ["sh", "-c", 'cd "$0" && exec "$@"', path(".")];
    const call = ["train", corpus, ...TINY, "--steps", "2", "--json"];
    const unnamed = await Promise.all(["1", "2", "3"].map((seed) => start([...call, "--seed", seed], inside).done));
    const folders = unnamed.map(({ stdout }) => lines(stdout).at(-1).out);
    expect(folders.toSorted()).toEqual(["runs/songs-lstm", "runs/songs-lstm-2", "runs/songs-lstm-3"]);
    for (const [i, folder] of folders.entries()) {
      expect(JSON.parse(readFileSync(path(`${folder}/run.json`), "utf8")).values.seed).toBe(i + 1);
      expect(readdirSync(path(folder)).toSorted()).toEqual(["checkpoints", "loss.svg", "model.safetensors", "run.json"]);
    }
    const named = await Promise.all(["1", "2", "3"].map((seed) => refrain(...call, "--seed", seed, "--out", path("same"))));
    expect(named.map(({ code }) => code).toSorted()).toEqual([0, 1, 1]);
    for (const { code, stderr } of named) expect(stderr).toMatch(code === 0 ? /^$/ : /^refrain: [^\n]*same already holds a run[^\n]*\n$/);
  });
});

describe("a run that trains", () => {
  it("can be read at any moment", async () => {
    const { child, done } = start(["train", corpus, ...TINY, "--steps", "1000000", "--checkpoint-seconds", "0", "--out", path("busy"), "--json"]);
    let printed = "";
    child.stdout?.on("data", (data) => {
      printed += data;
    });
    while (!printed.includes('"checkpoint"')) await once(child.stdout as NodeJS.ReadableStream, "data");
    for (let i = 0; i < 3; i++) {
      const outcomes = await Promise.all([1, 2, 3].map(() => refrain("write", path("busy"), "--lines", "1", "--max-characters", "5000")));
      for (const { code, stderr } of outcomes) expect([code, stderr]).toEqual([0, ""]);
    }
    child.kill("SIGINT");
    expect((await done).code).toBe(130);
  });
});
