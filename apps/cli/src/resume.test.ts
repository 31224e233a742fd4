import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lines, refrain, SONGS, start, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
const STEPS = 150;
const call = (out: string, ...more: string[]) => [
  "train",
  corpus,
  ...TINY,
  "--dropout",
  "0.2",
  "--steps",
  String(STEPS),
  "--checkpoint-seconds",
  "0",
  "--out",
  path(out),
  "--json",
  ...more,
];
const modelOf = (out: string) => readFileSync(path(`${out}/model.safetensors`));

beforeAll(async () => {
  const { code } = await refrain(...call("whole"));
  expect(code).toBe(0);
});
afterAll(remove);

describe("a run that is killed at any moment", () => {
  it.each([0, 20, 60, 130, 250])("leaves a checkpoint that goes on to the same bits (%i ms into training)", async (delay) => {
    const out = `killed-${delay}`;
    const { child, done } = start(call(out));
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await pause(delay);
    child.kill("SIGKILL");
    expect((await done).signal).toBe("SIGKILL");
    const { code, stderr } = await refrain(...call(out, "--resume"));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(modelOf(out)).toEqual(modelOf("whole"));
  });
});

describe("a gpt on threads", () => {
  // Large enough that threads share its products.
  const sizes = "--model gpt --hidden 64 --heads 4 --layers 2 --batch 16 --context 32 --dropout 0.1 --steps 80 --checkpoint-seconds 0";
  const gpt = (out: string, threads: number, ...more: string[]) => [
    ...["train", corpus, ...sizes.split(" "), "--threads", String(threads), "--out", path(out), "--json"],
    ...more,
  ];

  beforeAll(async () => {
    const { code } = await refrain(...gpt("gpt", 1));
    expect(code).toBe(0);
  });

  it.each([
    [1, "SIGKILL", 0],
    [1, "SIGKILL", 300],
    [1, "SIGINT", 200],
    [2, "SIGKILL", 0],
    [2, "SIGKILL", 200],
    [2, "SIGKILL", 300],
    [2, "SIGINT", 300],
  ] as const)("ends with the same bits, too: %i threads, %s after %i ms", async (threads, signal, delay) => {
    const out = `gpt-${threads}-${signal}-${delay}`;
    const { child, done } = start(gpt(out, threads));
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await pause(delay);
    child.kill(signal);
    const stopped = await done;
    expect(signal === "SIGINT" ? stopped.code : stopped.signal).toBe(signal === "SIGINT" ? 130 : signal);
    const { code, stderr } = await refrain(...gpt(out, threads, "--resume"));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(modelOf(out)).toEqual(modelOf("gpt"));
  });
});

describe("a run that is stopped with Ctrl-C", () => {
  it("saves, says how to go on, and goes on to the same bits", async () => {
    const { child, done } = start(call("stopped").filter((arg) => arg !== "--json"));
    await once(child.stdout as NodeJS.ReadableStream, "data");
    await pause(50);
    child.kill("SIGINT");
    const { code, stdout } = await done;
    expect(code).toBe(130);
    const [, resume] = /everything is saved\. Go on with:\n {2}refrain (.*)\n/.exec(stdout) ?? [];
    expect(resume).toBeDefined();
    const second = await refrain(...(resume as string).split(" "));
    expect(second.stdout).toMatch(/going on after step \d+/);
    expect(second.code).toBe(0);
    expect(modelOf("stopped")).toEqual(modelOf("whole"));
  });
});

describe("a run on threads", () => {
  it("goes on elsewhere without them", async () => {
    await refrain("train", corpus, ...TINY, "--steps", "3", "--threads", "2", "--out", path("elsewhere"), "--json");
    const { code, stdout, stderr } = await refrain("train", corpus, "--backend", "cpu", "--steps", "6", "--out", path("elsewhere"), "--resume", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(lines(stdout)[0]).toMatchObject({ event: "start", backend: "cpu", step: 3 });
  });
});

describe("a run with a short context", () => {
  it("goes on without being told its context again, and prints for people again", async () => {
    const short = put("short.txt", SONGS.slice(0, 45));
    await refrain("train", short, ...TINY, "--steps", "3", "--out", path("short"), "--json");
    const { code, stdout } = await refrain("train", short, "--steps", "6", "--out", path("short"), "--resume");
    expect(code).toBe(0);
    expect(stdout).toMatch(/going on after step 3[\s\S]*trained 6 steps/);
  });
});

describe("a run that has ended", () => {
  it("goes on for longer when it is told to", async () => {
    const longer = call("killed-0", "--resume").map((arg) => (arg === String(STEPS) ? String(STEPS + 20) : arg));
    const { code, stdout } = await refrain(...longer);
    expect(code).toBe(0);
    expect(lines(stdout).at(-1)).toMatchObject({ event: "done", steps: STEPS + 20 });
  });

  it("ends at once with the same numbers when there is nothing left to do", async () => {
    const { stdout } = await refrain(...call("whole", "--resume"));
    const again = lines(stdout).at(-1);
    expect(again).toMatchObject({ event: "done", steps: STEPS });
    expect(Number.isFinite(again.validation.loss)).toBe(true);
  });
});
