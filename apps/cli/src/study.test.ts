import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { lines, type Outcome, refrain, start, workshop } from "./testing.test-helper.ts";

const { path, remove } = workshop();
afterAll(remove);

/** Runs a command line, and stops it as Ctrl-C does once it has printed something that matches. */
async function interrupted(args: readonly string[], after: RegExp): Promise<Outcome> {
  const { child, done } = start(args);
  let printed = "",
    asked = false;
  child.stdout?.on("data", (data) => {
    printed += data;
    if (!asked && after.test(printed)) asked = child.kill("SIGINT");
  });
  return await done;
}

describe("refrain study memory", () => {
  it("begins with the lesson's two numbers, and gives every distance of every part of the state", async () => {
    const args = ["--length", "30", "--hidden", "12", "--batch", "4", "--out", path("memory.svg"), "--json"];
    const { code, stdout, stderr } = await refrain("study", "memory", ...args);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const events = lines(stdout);
    expect(events.slice(0, 2).map(({ event, weight, norm }) => [event, weight, norm.toFixed(4)])).toEqual([
      ["check", 0.99, "0.3660"],
      ["check", 1.01, "2.7048"],
    ]);
    const reaches = events.filter(({ event }) => event === "reach");
    expect(reaches.map(({ cell, part }) => `${cell} ${part}`)).toEqual(["rnn h", "lstm h", "lstm c", "gru h"]);
    for (const { norms } of reaches) expect(norms.length).toBe(31);
    // What fresh gates let through, a plain net does not.
    const share = (name: string) => {
      const { norms } = reaches.find(({ cell, part }) => `${cell} ${part}` === name);
      return norms[30] / norms[1];
    };
    expect(share("lstm c")).toBeGreaterThan(100 * share("rnn h"));
    expect(events.at(-1)).toEqual({ event: "done", backend: "simd", out: path("memory.svg") });
    const picture = readFileSync(path("memory.svg"), "utf8");
    expect(picture).toMatch(/^<svg xmlns="[^"]+"[\s\S]*<\/svg>\n$/);
    for (const text of ["norm of d loss", ">rnn<", ">lstm h<", ">lstm c<", ">gru<"]) expect(picture).toContain(text);
  });

  it("is the same for the same seed, whatever cells are beside, and another for another", async () => {
    const reach = async (...args: string[]) => {
      const { stdout } = await refrain("study", "memory", "--length", "5", "--hidden", "4", "--out", path("seed.svg"), "--json", ...args);
      return lines(stdout).find(({ event, cell }) => event === "reach" && cell === "gru").norms;
    };
    const [first, alone, other] = await Promise.all([reach("--seed", "3"), reach("--seed", "3", "--cells", "gru"), reach("--seed", "4")]);
    expect(alone).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("shows people a table and where the picture is", async () => {
    const { stdout, stderr } = await refrain("study", "memory", "--length", "10", "--hidden", "8", "--cells", "rnn, lstm", "--out", path("table.svg"));
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^first check: 0\.99\^100 = 0\.3660\nfirst check: 1\.01\^100 = 2\.7048\n\nnorm of d loss \/ d hidden[^\n]*8 units, fresh, on simd\n/,
    );
    expect(stdout).toMatch(/\n +distance +rnn +lstm h +lstm c\n +unit( +[\d.e-]+){3}\n +0 +1\.000 +1\.000 +0\n/);
    expect(stdout).toMatch(/\n +10( +[\d.e-]+){3}\n\nthe picture is .*table\.svg\n$/);
  });

  it("looks at trained cells when asked to", async () => {
    const args = ["--length", "8", "--hidden", "8", "--cells", "gru", "--out", path("trained.svg"), "--json"];
    const run = async (...more: string[]) => lines((await refrain("study", "memory", ...args, ...more)).stdout);
    const [fresh, trained] = await Promise.all([run(), run("--trained", "adding", "--steps", "120")]);
    expect(trained.filter(({ event }) => event === "evaluation").map(({ cell, step }) => [cell, step])).toEqual([
      ["gru", 100],
      ["gru", 120],
    ]);
    const norms = (events: typeof fresh) => events.find(({ event }) => event === "reach").norms;
    expect(norms(trained)).not.toEqual(norms(fresh));
  });

  it("ends with 130 and without a picture when it is stopped", async () => {
    const args = [
      "study",
      "memory",
      "--trained",
      "adding",
      "--cells",
      "rnn",
      "--steps",
      "1000000",
      "--length",
      "20",
      "--hidden",
      "8",
      "--out",
      path("never.svg"),
    ];
    const { code, stdout, stderr } = await interrupted(args, /step +100 /);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/stopped; no picture was drawn\.\n$/);
    expect(code).toBe(130);
    expect(existsSync(path("never.svg"))).toBe(false);
  });
});

describe("refrain study adding", () => {
  const SMALL = ["--length", "10", "--hidden", "16", "--lr", "0.02"];

  it("trains each cell until it has solved it or its steps are over, and draws the errors", async () => {
    const { code, stdout, stderr } = await refrain("study", "adding", ...SMALL, "--cells", "rnn,gru", "--steps", "300", "--out", path("adding.svg"), "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const events = lines(stdout);
    expect(events[0]).toMatchObject({ event: "start", length: 10, hidden: 16, batch: 32, steps: 300, solved: 0.01, backend: "simd" });
    const cells = events.filter(({ event }) => event === "cell");
    expect(cells.map(({ cell, solved }) => [cell, solved])).toEqual([
      ["rnn", false],
      ["gru", true],
    ]);
    expect(cells[0].step).toBe(300);
    expect(cells[1].error).toBeLessThan(0.01);
    for (const { cell, step, error } of cells) expect(events.findLast((e) => e.event === "evaluation" && e.cell === cell)).toMatchObject({ step, error });
    expect(readFileSync(path("adding.svg"), "utf8")).toMatch(
      /^<svg xmlns[\s\S]*mean squared error on held-out sequences of 10 steps[\s\S]*>gru<[\s\S]*<\/svg>\n$/,
    );
  });

  it("tells people how it goes", async () => {
    const { stdout, stderr } = await refrain(
      "study",
      "adding",
      ...SMALL,
      "--cells",
      "gru",
      "--steps",
      "60",
      "--evaluate-every",
      "30",
      "--out",
      path("told.svg"),
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^the adding problem over 10 steps, cells of 16 units, on simd\nsolved is /);
    expect(stdout).toMatch(/\ngru {3}step {4}30 {2}error 0\.\d{4} {2}right [\d.]+ %\ngru {3}step {4}60 {2}error/);
    expect(stdout).toMatch(/\ngru (solved|did not solve) it in 60 steps: error 0\.\d{4} after \d+ s\n\nthe picture is .*told\.svg\n$/);
  });

  it("draws what it has when it is stopped, and ends with 130", async () => {
    const args = [
      "study",
      "adding",
      "--length",
      "50",
      "--hidden",
      "8",
      "--cells",
      "rnn",
      "--steps",
      "1000000",
      "--evaluate-every",
      "5",
      "--out",
      path("cut.svg"),
    ];
    const { code, stdout, stderr } = await interrupted(args, /step +10 /);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/rnn was stopped\.\nthe picture is .*cut\.svg\n$/);
    expect(code).toBe(130);
    expect(readFileSync(path("cut.svg"), "utf8")).toMatch(/<\/svg>\n$/);
  });
});

describe("a study called wrongly", () => {
  mkdirSync(path("folder.svg"));
  it.each([
    [["study"], 2, /study needs one of its commands: memory or adding\. See refrain study --help\./],
    [["study", "memry"], 2, /unknown command "study memry"\. Did you mean study memory\?/],
    [["study", "memory", "--lenght", "5"], 2, /unknown option --lenght\. Did you mean --length\?/],
    [["study", "memory", "--length", "1"], 2, /--length must be a whole number of at least 2, but got "1"/],
    [
      ["study", "memory", "--cells", "rnn,lstn"],
      2,
      /--cells must be some of rnn, lstm, gru, with commas between them, but got "rnn,lstn"\. Did you mean lstm\?/,
    ],
    [["study", "memory", "--cells", "gru,gru"], 2, /--cells names gru twice/],
    [["study", "memory", "--cells", "rnn,gru", "--forget-bias", "3"], 2, /--forget-bias is the LSTM's, but --cells has no lstm/],
    [["study", "adding", "--cells", "rnn", "--forget-bias", "3"], 2, /--forget-bias is the LSTM's, but --cells has no lstm/],
    [["study", "memory", "--steps", "5"], 2, /--steps belongs to --trained adding/],
    [["study", "memory", "--lr", "0.1"], 2, /--lr belongs to --trained adding/],
    [["study", "memory", "--out", "memory.png"], 2, /--out must name an SVG file, but got "memory\.png"/],
    [["study", "adding", "--out", "nowhere/x.svg"], 1, /nowhere\/x\.svg cannot be written: there is no folder nowhere/],
    [["study", "adding", "--out", path("folder.svg")], 1, /folder\.svg cannot be written: it is a folder/],
  ])("%j", async (args, code, message) => {
    const outcome = await refrain(...args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^refrain: [^\n]+\n$/);
    expect([outcome.stdout, outcome.code]).toEqual(["", code]);
  });
});

describe("help on a study", () => {
  it.each([
    [["study", "--help"], /USAGE refrain study memory\|adding/],
    [["study", "memory", "--help"], /\(refrain study memory\)[\s\S]*--trained[\s\S]*EXAMPLES\n\n {2}refrain study memory\n/],
    [["study", "adding", "-h"], /\(refrain study adding\)[\s\S]*--evaluate-every[\s\S]*EXAMPLES\n\n {2}refrain study adding /],
  ])("%j", async (args, text) => {
    const { code, stdout, stderr } = await refrain(...args);
    expect(stdout).toMatch(text);
    expect([code, stderr]).toEqual([0, ""]);
  });
});
