import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GPT, lines, refrain, SONGS, start, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
const running = new Set<ChildProcess>();

beforeAll(async () => {
  const outcomes = await Promise.all([
    refrain("train", corpus, ...TINY, "--steps", "20", "--out", path("run"), "--json"),
    refrain("train", corpus, ...GPT, "--steps", "5", "--out", path("gpt"), "--json"),
  ]);
  for (const { code } of outcomes) expect(code).toBe(0);
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});
afterAll(remove);

/** A server on any free port: where it is, and what it said in the end. */
async function serve(model: string, ...args: string[]) {
  const { child, done } = start(["serve", path(model), "--port", "0", ...args], ["env", "-u", "REFRAIN_TOKEN"]);
  running.add(child);
  let printed = "";
  child.stdout?.on("data", (data) => {
    printed += data;
  });
  while (!/http:\/\/\S*:\d+/.test(printed)) await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), done]);
  return { child, done, url: /http:\/\/[^\s"]*:\d+/.exec(printed)?.[0] as string };
}

const complete = (url: string, body: object, init: RequestInit = {}) =>
  fetch(`${url}/v1/completions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...init });

describe("refrain serve", () => {
  it.each([
    ["run", "char-rnn", ["--name", "poet"], "poet"],
    ["gpt", "gpt", ["--weights", "int8"], "gpt"],
    ["run/model.safetensors", "char-rnn", [], "model"],
  ] as const)("serves %s and ends with 0 when it is told to", async (model, kind, args, name) => {
    const { child, done, url } = await serve(model, ...args);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const body = await (await complete(url, { model: name, prompt: "春風", max_tokens: 30, seed: 2 })).json();
    expect(body).toMatchObject({ model: name, choices: [{ finish_reason: "length" }], usage: { prompt_tokens: 2, completion_tokens: 30 } });
    expect([...body.choices[0].text].length).toBe(30);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await done;
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^loading [^\n]*, [\\d,]+ bytes\n${name}, a ${kind} of \\d+ tokens, is served on ${url}\nstopping: [^\n]*\nstopped\n$`));
  });

  it("tells machines in JSON, and of each answer and text where asked to, but not what was said in them", async () => {
    const { child, done, url } = await serve("run", "--json", "--log", "--token", "secret");
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    const lyrics = await fetch(`${url}/lyrics?length=7&prompt=${encodeURIComponent("春")}`, { headers: { Authorization: "Bearer secret" } });
    await lyrics.text();
    child.kill("SIGINT");
    const { code, stdout, stderr } = await done;
    expect([code, stderr]).toEqual([0, ""]);
    expect(lines(stdout)).toEqual([
      { event: "loading", model: path("run"), bytes: expect.any(Number) },
      { event: "listening", url, name: "run", kind: "char-rnn", vocabulary: 33 },
      { event: "request", method: "GET", path: "/v1/models", status: 401, seconds: expect.any(Number), time: expect.any(String) },
      { event: "request", method: "GET", path: "/lyrics", status: 200, seconds: expect.any(Number), time: expect.any(String) },
      { event: "text", read: 1, written: 7, seconds: expect.any(Number), time: expect.any(String) },
      { event: "stopping", grace: 30 },
      { event: "stopped" },
    ]);
  });

  it("lets texts end before it does, refuses new ones meanwhile, and ends those that take longer than the grace", async () => {
    const { child, done, url } = await serve("run", "--grace", "0.5", "--max-tokens", "1000000000");
    const long = await fetch(`${url}/lyrics?length=1000000000`);
    child.kill("SIGTERM");
    let refused: Response | undefined;
    while (refused?.status !== 503) refused = await fetch(`${url}/health`);
    expect((await fetch(`${url}/lyrics`)).headers.get("Connection")).toBe("close");
    const text = await long.text();
    expect(text.trimEnd().split("\n").slice(-2)).toEqual(["event: error", expect.stringContaining('"code":"stopping"')]);
    expect((await done).code).toBe(0);
  });

  it("ends at once when it is told twice", async () => {
    const { child, done, url } = await serve("run", "--grace", "60", "--max-tokens", "1000000000");
    const long = await fetch(`${url}/lyrics?length=1000000000`);
    child.kill("SIGINT");
    while ((await fetch(`${url}/health`)).status !== 503);
    child.kill("SIGINT");
    await expect(long.text()).rejects.toThrow();
    expect((await done).code).toBe(130);
  });

  it("lets other machines in where a token keeps it", async () => {
    const { child, done, url } = await serve("run", "--host", "0.0.0.0", "--token", "secret");
    expect((await fetch(`${url}/metrics`, { headers: { Authorization: "Bearer secret" } })).status).toBe(200);
    child.kill("SIGTERM");
    expect((await done).code).toBe(0);
  });

  it("explains itself", async () => {
    const { code, stdout } = await refrain("serve", "--help");
    expect(code).toBe(0);
    for (const part of ["--host", "REFRAIN_TOKEN", "--queue-seconds", "EXAMPLES", "curl -NG http://127.0.0.1:8080/lyrics"]) expect(stdout).toContain(part);
  });

  it.each([
    [["--host", "0.0.0.0"], 2, /--host 0\.0\.0\.0 lets other machines in, which needs a --token, or REFRAIN_TOKEN\./],
    [["--host", "example.org"], 2, /--host example\.org lets other machines in/],
    [["--token", "two words"], 2, /--token must be of printable ASCII characters without spaces/],
    [["--cors", "songs.example"], 2, /--cors must be an origin as browsers send it, or \*, but is "songs\.example"\. Write https:\/\/example\.org, for one/],
    [["--cors", "https://songs.example/page"], 2, /Write https:\/\/songs\.example\.\n/],
    [["--port", "70000"], 2, /--port must be a whole number of at least 0 and at most 65535, but got "70000"/],
    [["--concurrency", "0"], 2, /--concurrency must be a whole number of at least 1/],
  ])("refuses %j in one line", async (args, code, message) => {
    const outcome = await start(["serve", path("run"), ...args], ["env", "-u", "REFRAIN_TOKEN"]).done;
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^refrain: [^\n]+\n$/);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
  });

  it("says in one line what cannot be served", async () => {
    for (const [file, message] of [
      [path("none"), /none does not exist/],
      [put("text.safetensors", SONGS), /cannot be served: .*no valid safetensors file/],
    ] as const) {
      const { code, stderr } = await refrain("serve", file);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^refrain: [^\n]+\n$/);
      expect(code).toBe(1);
    }
  });
});
