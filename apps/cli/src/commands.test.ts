import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lines, refrain, SONGS, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
let trained: string;

beforeAll(async () => {
  const { code, stdout } = await refrain(
    "train",
    corpus,
    ...TINY,
    "--hidden",
    "24",
    "--lr",
    "0.02",
    "--steps",
    "300",
    "--report-every",
    "100",
    "--out",
    path("run"),
    "--json",
  );
  expect(code).toBe(0);
  trained = stdout;
});
afterAll(remove);

describe("refrain train --json", () => {
  it("prints JSON lines only, the last one the sum of it", () => {
    const events = lines(trained);
    expect(events[0]).toMatchObject({ event: "start", backend: "simd" });
    const done = events.at(-1);
    expect(Object.keys(done)).toEqual(["event", "steps", "seconds", "tokensPerSecond", "validation", "out"]);
    expect(done).toMatchObject({ event: "done", steps: 300, out: path("run") });
    expect(done.validation.loss).toBeGreaterThan(0);
    expect(done.validation.loss).toBeLessThan(2);
    expect(done.validation.accuracy).toBeLessThanOrEqual(1);
  });

  it("reports every minibatch once", () => {
    const reports = lines(trained).filter(({ event }) => event === "report");
    expect(reports.map(({ from, to }) => [from, to])).toEqual([
      [1, 100],
      [101, 200],
      [201, 300],
    ]);
  });

  it("tells the accuracy on frequent and on rare characters apart, of training and of validation", () => {
    const told = lines(trained).filter(({ event }) => event === "report" || event === "evaluation");
    expect(told.length).toBeGreaterThan(3);
    for (const { accuracy, accuracyOf } of [...told, lines(trained).at(-1).validation]) {
      expect(Object.keys(accuracyOf)).toEqual(["frequent", "rare"]);
      const [less, more] = [accuracyOf.frequent, accuracyOf.rare].toSorted((a: number, b: number) => a - b);
      expect(accuracy).toBeGreaterThanOrEqual(less);
      expect(accuracy).toBeLessThanOrEqual(more);
    }
  });

  it("leaves a loss curve as a picture", () => {
    expect(readFileSync(path("run/loss.svg"), "utf8")).toMatch(/^<svg[\s\S]*training[\s\S]*<\/svg>\n$/);
  });
});

describe("refrain train for people", () => {
  it("shows what the lesson shows: reports, a line rewritten beside the original, an improvisation, a curve", async () => {
    const { stdout, stderr } = await refrain(
      "train",
      corpus,
      ...TINY,
      "--steps",
      "40",
      "--report-every",
      "20",
      "--loss",
      "focal",
      "--gamma",
      "1",
      "--out",
      path("shown"),
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/minibatches 1–20 {2}loss \d\.\d{4} {2}accuracy [\d.]+ % \(frequent [\d.]+ %, rare [\d.]+ %\) {2}[\d,]+ tokens\/s/);
    expect(stdout).toMatch(/【這句歌詞我會寫成\.\.\.】\n.+\n\(原句\) .+\n【用「夢」發想歌詞\.\.\.】\n夢/);
    expect(stdout).toMatch(/┤[\s\S]*loss \(nats per character\), steps 20 to 40/);
    expect(stdout).toMatch(/refrain write .*shown/);
  });
});

describe("refrain write", () => {
  it("writes as many lines as it is told, the same for the same seed, none twice", async () => {
    const [first, again, other] = await Promise.all(["3", "3", "4"].map((seed) => refrain("write", path("run"), "--lines", "4", "--seed", seed)));
    expect(first?.stderr).toBe("");
    expect(first?.stdout).toBe(again?.stdout);
    expect(first?.stdout).not.toBe(other?.stdout);
    const written = (first?.stdout ?? "").split("\n").filter(Boolean);
    expect(written).toHaveLength(4);
    expect(new Set(written).size).toBe(4);
    expect(written[0]?.startsWith("夢")).toBe(true);
    expect(first?.stdout).not.toContain("\uFFFD");
  });

  it("says when the limit ended it, and never writes two blank lines in a row", async () => {
    const limited = await refrain("write", path("run"), "--lines", "5", "--max-characters", "20");
    expect(limited.stderr).toMatch(/^refrain: stopped after --max-characters 20[^\n]*\n$/);
    const { stdout } = await refrain("write", path("run"), "--lines", "12", "--power", "50");
    expect(stdout).not.toMatch(/\n\n\n/);
    const written = stdout.split("\n").filter(Boolean);
    expect(new Set(written).size).toBe(12);
  });

  it("repeats itself at temperature 0, which is the lesson's point", async () => {
    const { stdout } = await refrain("write", path("run"), "--temperature", "0", "--lines", "12", "--json");
    const texts = lines(stdout).map(({ text }) => text);
    expect(texts).toHaveLength(12);
    expect(new Set(texts).size).toBeLessThan(12);
  });
});

describe("refrain rewrite", () => {
  it("answers each character of the line", async () => {
    const { stdout } = await refrain("rewrite", path("run"), "春風又綠江南岸。", "--json");
    const [{ rewritten, original }] = lines(stdout);
    expect(original).toBe("春風又綠江南岸。");
    expect([...rewritten]).toHaveLength([...original].length);
  });
});

describe("refrain evaluate", () => {
  it("measures the validation part of the text that the model was trained on as training did", async () => {
    const { stdout, stderr } = await refrain("evaluate", path("run"), corpus, "--json");
    expect(stderr).toBe("");
    const [result] = lines(stdout);
    expect(result).toMatchObject({ event: "evaluation", part: "validation", context: 12 });
    expect(Object.keys(result).toSorted()).toEqual([
      "accuracy",
      "accuracyOf",
      "bitsPerCharacter",
      "characters",
      "context",
      "distinct1",
      "distinct2",
      "event",
      "loss",
      "part",
      "perplexity",
      "unknown",
    ]);
    const { validation } = lines(trained).at(-1);
    expect(result.loss).toBeCloseTo(validation.loss, 5);
    expect(result.accuracyOf.frequent).toBeCloseTo(validation.accuracyOf.frequent, 5);
    expect(result.accuracyOf.rare).toBeCloseTo(validation.accuracyOf.rare, 5);
    expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 6);
    expect(result.bitsPerCharacter).toBeCloseTo(result.loss / Math.LN2, 6);
    expect(result.distinct1).toBeGreaterThan(0);
    expect(result.distinct2).toBeGreaterThanOrEqual(result.distinct1);
  });

  it("prints a table for people", async () => {
    const { stdout } = await refrain("evaluate", path("run"), corpus, "--samples", "0");
    expect(stdout).toMatch(/^loss {16}\d\.\d{4} nats per character\n[\s\S]*accuracy, frequent {2}[\d.]+ %\naccuracy, rare {6}[\d.]+ %\n/);
    expect(stdout).not.toContain("distinct");
  });

  it("measures all of another text, but for characters that the model never saw", async () => {
    const { stdout } = await refrain("evaluate", path("run"), put("other.txt", "春風xyz。\n明月。\n"), "--json", "--samples", "0");
    expect(lines(stdout)[0]).toMatchObject({ part: "all", unknown: 3, characters: 7 });
  });
});

describe("refrain doctor", () => {
  it("measures the kernel builds and says why a backend is missing", async () => {
    const { stdout } = await refrain("doctor", "--json");
    const [{ event, builds, backends }] = lines(stdout);
    expect(event).toBe("doctor");
    expect(builds.find(({ name }: { name: string }) => name === "simd")).toMatchObject({ available: true, gflops: expect.any(Number) });
    expect(backends.find(({ name }: { name: string }) => name === "webgl")).toMatchObject({
      available: false,
      note: expect.stringMatching(/npm install|cannot run it/),
    });
  });
});

describe("refrain --help", () => {
  it.each(["train", "write", "rewrite", "evaluate", "quantize", "export", "doctor"])("explains %s with examples", async (name) => {
    const { code, stdout } = await refrain(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`EXAMPLES[^]*refrain ${name}`));
    expect((await refrain("help", name)).stdout).toBe(stdout);
  });

  it("keeps what stands before the descriptions narrow", async () => {
    const { stdout } = await refrain("train", "--help");
    for (const line of stdout.split("\n").filter((text) => / --[a-z-]+/.test(text) && !text.includes("refrain")))
      expect(line.search(/\S {4}\S/)).toBeLessThan(50);
    expect(stdout).toMatch(/--model=<name> {4}rnn, lstm, gru, peephole-lstm or gpt: /);
  });
});
