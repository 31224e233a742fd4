import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { lines, refrain, SONGS, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
const tiny = TINY.slice(0, TINY.indexOf("--warmup"));
const train = (out: string, ...more: string[]) => refrain("train", corpus, ...tiny, "--report-every", "1", "--out", path(out), "--json", ...more);
const modelOf = (out: string) => readFileSync(path(`${out}/model.safetensors`));

afterAll(remove);

describe("refrain train --optimizer", () => {
  it.each([["adam"], ["sgd", "--lr", "0.5", "--nesterov"], ["rmsprop", "--momentum", "0.5"], ["adagrad", "--lr", "0.05"], ["lion", "--weight-decay", "0.1"]])(
    "%s learns, and goes on to the same bits as a run that never stopped",
    async (optimizer, ...more) => {
      const options = ["--optimizer", optimizer, ...more, "--schedule", "constant", "--warmup", "0"];
      const whole = await train(`${optimizer}-whole`, ...options, "--steps", "40");
      expect(whole.stderr).toBe("");
      const losses = lines(whole.stdout).flatMap(({ event, loss }) => (event === "report" ? [loss] : []));
      expect(losses.at(-1)).toBeLessThan(losses[0]);
      await train(optimizer, ...options, "--steps", "15");
      const { code, stderr } = await train(optimizer, "--resume", "--steps", "40");
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(modelOf(optimizer)).toEqual(modelOf(`${optimizer}-whole`));
    },
  );

  it("cannot go on with another", async () => {
    const { code, stderr } = await train("lion", "--resume", "--optimizer", "adam");
    expect(stderr).toMatch(/this run began with --optimizer lion and cannot go on with adam/);
    expect(code).toBe(2);
  });
});

describe("refrain train --schedule", () => {
  /** The rates at steps 1, 10 and 20 of 20, as shares of the highest. */
  it.each([
    ["constant", "4", [0.25, 1, 1]],
    ["linear", "4", [0.25, 0.55, 0.05]],
    ["exponential", "4", [0.25, 0.01 ** 0.45, 0.01 ** 0.95]],
    ["step", "4", [0.25, 1, 0.01]],
    ["inverse-sqrt", "4", [0.25, Math.sqrt(0.4), Math.sqrt(0.2)]],
    ["one-cycle", undefined, [0.04, 0.8909, 0.0125]],
    ["warm-restarts", "4", [0.25, 0.9965, 0.0188]],
  ] as const)("%s", async (schedule, warmup, shares) => {
    const { stdout, stderr } = await train(schedule, "--schedule", schedule, "--lr", "0.004", "--steps", "20", ...(warmup ? ["--warmup", warmup] : []));
    expect(stderr).toBe("");
    const rates = lines(stdout).flatMap(({ event, rate }) => (event === "report" ? [rate / 0.004] : []));
    [rates[0], rates[9], rates[19]].map((rate, i) => expect(rate).toBeCloseTo(shares[i] as number, 3));
  });
});

describe("refrain train --class-weights", () => {
  it.each([["cross-entropy"], ["focal"]])("brings %s nearer to the rare characters; balanced with beta 1 is inverse", async (loss) => {
    const options = ["--loss", loss, "--lr", "0.02", "--steps", "100"];
    const [plain, inverse] = [await train(`${loss}-plain`, ...options), await train(`${loss}-inverse`, ...options, "--class-weights", "inverse")];
    const rare = ({ stdout }: typeof plain) => lines(stdout).at(-1).validation.accuracyOf.rare;
    expect(rare(inverse)).toBeGreaterThan(rare(plain));
    const balanced = await train(`${loss}-balanced`, ...options, "--class-weights", "balanced", "--beta", "1");
    expect(lines(balanced.stdout).at(-1).validation).toEqual(lines(inverse.stdout).at(-1).validation);
    expect(JSON.parse(readFileSync(path(`${loss}-balanced/run.json`), "utf8")).values).toMatchObject({ "class-weights": "balanced", beta: 1 });
  });
});
