import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refrain, SONGS, start, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);
const model = path("run/model.safetensors");

beforeAll(async () => {
  const { code, stderr } = await refrain("train", corpus, ...TINY, "--steps", "5", "--out", path("run"), "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
});
afterAll(remove);

/** A call that must fail with one clear line and nothing else. */
async function fails(args: string[], code: number, message: RegExp): Promise<void> {
  const outcome = await refrain(...args);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).toMatch(/^refrain: [^\n]+\n$/);
  expect(outcome.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(outcome.stdout).toBe("");
  expect(outcome.code).toBe(code);
}

const out = () => ["--out", path("never")];

describe("a corpus that cannot be used", () => {
  mkdirSync(path("folder"));
  it.each([
    ["missing", path("none.txt"), /none\.txt does not exist/],
    ["a folder", path("folder"), /is a folder\. Give a text file/],
    ["empty", put("empty.txt", ""), /is empty/],
    ["white space", put("blank.txt", " \n\n "), /nothing but white space/],
    ["binary", put("binary.bin", new Uint8Array([1, 0, 255, 254, 7])), /binary file/],
    ["text with NUL bytes", put("nul.txt", "ab\0cd"), /binary file.*NUL/],
    ["not UTF-8", put("latin.txt", new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a])), /not UTF-8/],
    ["shorter than a window", put("short.txt", "春風。\n"), /too short.*smaller --context/],
  ])("%s", (_, file, message) => fails(["train", file, ...out()], 1, message));
});

describe("a model file that cannot be used", () => {
  const bytes = () => new Uint8Array(readFileSync(model));
  const text = (from: string, to: string) => Buffer.from(Buffer.from(bytes()).toString("latin1").replace(from, to), "latin1");
  it.each([
    ["missing", () => path("none.safetensors"), /does not exist/],
    ["truncated", () => put("cut.safetensors", bytes().slice(0, -9)), /no valid safetensors file.*cut short/],
    ["of a few bytes", () => put("stub.safetensors", bytes().slice(0, 5)), /no valid safetensors file/],
    ["of another version", () => put("v9.safetensors", text('"refrain":"1"', '"refrain":"9"')), /format version 9; this release reads version 1/],
    ["of another kind", () => put("gpt.safetensors", text("char-rnn", "char-gpt")), /kind "char-gpt"/],
    ["some text", () => put("text.safetensors", SONGS), /no valid safetensors file/],
    ["a folder without a model", () => path("folder"), /holds no model/],
  ])("%s", (_, file, message) => fails(["write", file()], 1, message));
});

describe("a call that is wrong", () => {
  it.each([
    [["trian"], /unknown command "trian"\. Did you mean train\?/],
    [["train", corpus, "--hiden", "9"], /unknown option --hiden\. Did you mean --hidden\?/],
    [["train", corpus, "--model", "lstn"], /--model must be one of rnn, lstm, gru.*Did you mean lstm\?/],
    [["train", corpus, "--hidden", "many"], /--hidden must be a whole number of at least 1, but got "many"/],
    [["train", corpus, "--lr", "-1"], /--lr must be a number of over 0, but got "-1"/],
    [["train", corpus, "--steps"], /--steps needs a value/],
    [["train", corpus, "-steps", "5"], /unknown option -steps\. Did you mean --steps\?/],
    [["train", corpus, "--steps", "2", "--out", path("run"), "--resume"], /at step 5 already/],
    [["train", corpus, "--json=yes"], /--json takes no value/],
    [["train"], /CORPUS is missing/],
    [["train", corpus, "extra"], /"extra" is one argument too many/],
    [["train", corpus, "--steps", "5", "--minutes", "1", ...out()], /one of --steps, --epochs and --minutes/],
    [["train", corpus, "--gamma", "2", ...out()], /--gamma belongs to --loss focal/],
    [["train", corpus, "--gamma", "2", "--loss", "focl", ...out()], /--loss must be one of cross-entropy, focal.*Did you mean focal\?/],
    [["train", corpus, "--loss", "focal", "--label-smoothing", "0.1", ...out()], /--label-smoothing belongs to --loss cross-entropy, not to focal/],
    [["train", corpus, "--beta", "0.9", ...out()], /--beta belongs to --class-weights balanced\./],
    [["train", corpus, "--beta", "0.9", "--class-weights", "inverse", ...out()], /--beta belongs to --class-weights balanced, not to inverse/],
    [["train", corpus, "--beta", "1.5", "--class-weights", "balanced", ...out()], /--beta must be a number of at least 0 and at most 1, but got "1.5"/],
    [["train", corpus, "--optimizer", "rmsprob", ...out()], /--optimizer must be one of .*Did you mean rmsprop\?/],
    [["train", corpus, "--weight-decay", "0.1", "--optimizer", "sgd", ...out()], /--weight-decay belongs to --optimizer adamw or lion, not to sgd/],
    [["train", corpus, "--momentum", "0.5", ...out()], /--momentum belongs to --optimizer sgd or rmsprop, not to adamw/],
    [["train", corpus, "--momentum", "1", "--optimizer", "sgd", ...out()], /--momentum must be a number of at least 0 and at most 0.999/],
    [["train", corpus, "--nesterov", "--optimizer", "rmsprop", ...out()], /--nesterov belongs to --optimizer sgd, not to rmsprop/],
    [["train", corpus, "--nesterov", "--momentum", "0", "--optimizer", "sgd", ...out()], /--nesterov needs a --momentum over 0/],
    [["train", corpus, "--schedule", "liner", ...out()], /--schedule must be one of .*Did you mean linear\?/],
    [["train", corpus, "--schedule", "one-cycle", "--warmup", "5", ...out()], /--warmup belongs to --schedule cosine or .*, not to one-cycle/],
    [["train", corpus, "--schedule", "inverse-sqrt", "--warmup", "0", ...out()], /--schedule inverse-sqrt needs a --warmup of at least 1/],
    [["train", corpus, "--tied", ...out()], /--tied needs --hidden and --embedding alike/],
    [["write", model, "--temperature", "1", "--power", "2"], /give one of them/],
    [["train", corpus, "--out="], /--out needs a value, but got an empty one/],
    [["train", corpus, "--threads", "257", ...out()], /--threads must be a whole number of at least 1 and at most 256, but got "257"/],
    [["train", corpus, "--threads", "2", "--backend", "cpu", ...out()], /--threads belongs to --backend simd or auto, not to cpu/],
    [["train", corpus, "--backend", "wasm", ...out()], /--backend must be one of auto, webgpu, webgl, simd, cpu, but got "wasm"/],
    [["train", corpus, "--heads", "2", ...out()], /--heads belongs to --model gpt, not to lstm/],
    [["train", corpus, "--positions", "rotary", "--model", "gru", ...out()], /--positions belongs to --model gpt, not to gru/],
    [["train", corpus, "--model", "gpt", "--embedding", "8", ...out()], /--embedding belongs to recurrent models/],
    [["train", corpus, "--model", "gpt", "--hidden", "10", ...out()], /--heads must divide --hidden, but 4 does not divide 10/],
    [["train", corpus, "--model", "gpt", "--hidden", "12", "--positions", "rotary", ...out()], /--positions rotary needs an even number .* make 3\./],
    [["evaluate", model, corpus, "--samples", "0", "--temperature", "2"], /--temperature is for samples, but --samples is 0/],
    [["rewrite", model, ""], /empty/],
    [["rewrite", model, "春\n風"], /has a line break in it\. Give one line/],
    [["rewrite", model, "-abc"], /unknown option -abc\. Did you mean --[a-z]+\? If it is no option, put -- before it/],
    [["help", "trian"], /unknown command "trian"\. Did you mean train\?/],
  ])("%j", (args, message) => fails(args, 2, message));
});

describe("a text that begins with hyphens", () => {
  it.each([
    ["rewrite", model, "-春"],
    ["rewrite", model, "--春風"],
    ["rewrite", model, "--", "--abc"],
    ["write", model, "--start", "--春", "--lines", "1"],
    ["write", model, "--start=--abc", "--lines", "1"],
  ])("is no option: %j", async (...args) => {
    const { code, stdout } = await refrain(...args);
    expect(stdout).not.toBe("");
    expect(code).toBe(0);
  });
});

describe("a text too short to measure", () => {
  it.each([
    [[], /one\.txt is too short to measure: at least 2 characters are needed, but it has 1\. Use a longer text\.\n$/],
    [["--part", "validation"], /but its last tenth has 1\. Use a longer text or --part all\.\n$/],
  ])("%j", (args, message) => fails(["evaluate", model, put("one.txt", "春"), ...args], 1, message));
});

describe("an out folder that already holds a run", () => {
  it("is left alone, and the way on is named", async () => {
    const before = readFileSync(model);
    await fails(["train", corpus, ...TINY, "--out", path("run")], 1, /already holds a run\. Add --resume/);
    expect(readFileSync(model)).toEqual(before);
  });

  it("cannot go on as another model, or with another text", async () => {
    await fails(["train", corpus, "--hidden", "9", "--out", path("run"), "--resume"], 2, /began with --hidden 8 and cannot go on with 9/);
    await fails(["train", put("other.txt", SONGS.replaceAll("春", "秋")), "--out", path("run"), "--resume"], 1, /not the text that this run began with/);
  });

  it("must be there to go on with", () =>
    fails(["train", corpus, "--out", path("none"), "--resume"], 1, /holds no run to go on with\. Name the folder of one with --out, or leave --resume out/));
});

describe("a start text with characters that the model never saw", () => {
  it("is told which, and it goes on without them", async () => {
    const { code, stdout, stderr } = await refrain("write", model, "--start", "夢xy", "--lines", "1");
    expect(stderr).toMatch(/^refrain: the model never saw 「x」「y」[^\n]*Going on with "夢"\.\n$/);
    expect(stdout.startsWith("夢")).toBe(true);
    expect(code).toBe(0);
  });
});

describe("a model of another script", () => {
  it("begins without 夢, which nobody asked for, and without a word about it", async () => {
    const english = put("english.txt", "To be, or not to be, that is the question.\n".repeat(20));
    await refrain("train", english, ...TINY, "--steps", "2", "--out", path("english"), "--json");
    const { code, stdout, stderr } = await refrain("write", path("english"), "--lines", "1", "--max-characters", "5000");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^[ ,.Tabehinoqrstu]+\n$/);
  });
});

describe("samples of a training run", () => {
  it("start with what the corpus knows, and the user is told", async () => {
    const { code, stderr } = await refrain("train", corpus, ...TINY, "--steps", "3", "--start", "龍", "--out", path("dragon"), "--json");
    expect(stderr).toMatch(/^refrain: the corpus has no 「龍」; the samples start with "[^"]+"\.\n$/);
    expect(code).toBe(0);
  });
});

describe("a model too large for the memory", () => {
  it("leaves no folder behind", async () => {
    await fails(["train", corpus, "--hidden", "1000000000", "--layers", "1", "--out", path("huge")], 1, /does not fit into memory/);
    expect(existsSync(path("huge"))).toBe(false);
  });
});

describe("a run whose checkpoints are gone", () => {
  it("keeps its model and says so", async () => {
    await refrain("train", corpus, ...TINY, "--steps", "3", "--out", path("bare"), "--json");
    rmSync(path("bare/checkpoints"), { recursive: true });
    const before = readFileSync(path("bare/model.safetensors"));
    await fails(["train", corpus, "--steps", "9", "--out", path("bare"), "--resume"], 1, /no checkpoint to go on from/);
    expect(readFileSync(path("bare/model.safetensors"))).toEqual(before);
  });

  it("says which file of a checkpoint is damaged", async () => {
    await refrain("train", corpus, ...TINY, "--steps", "3", "--out", path("hurt"), "--json");
    const [checkpoint] = readdirSync(path("hurt/checkpoints"));
    for (const [file, content] of [
      ["progress.json", "{}"],
      ["optimizer.safetensors", "short"],
    ] as const) {
      writeFileSync(path(`hurt/checkpoints/${checkpoint}/${file}`), content);
      await fails(["train", corpus, "--steps", "9", "--out", path("hurt"), "--resume"], 1, new RegExp(`${file} of the checkpoint of step 3 .* cannot be used`));
    }
  });
});

describe("a full disk", () => {
  it("is told in one line, and the last checkpoint stays whole", async () => {
    // A file system of its own, smaller than the run, in a mount namespace that ends with the process.
    const script = `mount -t tmpfs -o size=80k tmpfs "$0" && { "$@"; code=$?; ls "$0/run/checkpoints"; exit $code; }`;
    mkdirSync(path("disk"));
    const args = ["train", corpus, ...TINY, "--hidden", "24", "--steps", "400", "--checkpoint-seconds", "0", "--out", path("disk/run"), "--json"];
    const { code, stdout, stderr } = await start(args, ["unshare", "--mount", "--map-root-user", "sh", "-c", script, path("disk")]).done;
    expect(stderr).toMatch(/^refrain: [^\n]*cannot be written: the disk is full[^\n]*--resume\.\n$/);
    expect(code).toBe(1);
    expect(stdout).toMatch(/step-\d{6}\n$/);
    expect(stdout).not.toMatch(/\.tmp/);
  });
});
