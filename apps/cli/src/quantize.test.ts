import { dequantizeRows, disposeTree, named, quantizeRows, readSafetensors, type StoredTensor, useBackend, writeSafetensors } from "@refrain/core";
import { loadModel, saveModel } from "@refrain/models";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GPT, lines, refrain, SONGS, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);

beforeAll(async () => {
  await useBackend("cpu");
  const outcomes = await Promise.all([
    refrain("train", corpus, ...TINY, "--hidden", "24", "--lr", "0.02", "--steps", "60", "--out", path("run"), "--json"),
    refrain("train", corpus, ...GPT, "--steps", "20", "--out", path("gpt"), "--json"),
  ]);
  for (const { code } of outcomes) expect(code).toBe(0);
});
afterAll(remove);

const bytesOf = (name: string) => new Uint8Array(readFileSync(path(name)));

/** What quantizing a model prints as JSON, when nothing is wrong. */
async function quantized(...args: string[]) {
  const { code, stdout, stderr } = await refrain("quantize", ...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const events = lines(stdout);
  expect(events).toHaveLength(1);
  return events[0];
}

/** The loss that refrain evaluate finds. */
async function evaluated(...args: string[]): Promise<number> {
  const { stdout } = await refrain("evaluate", ...args, "--samples", "0", "--json");
  return lines(stdout)[0].loss;
}

describe("refrain quantize", () => {
  it.each(["run", "gpt"])("writes the model of a run in int8, and measures it on the run's validation text: %s", async (name) => {
    const out = path(`${name}-int8.safetensors`);
    const event = await quantized(path(name), "--to", "int8", "--out", out);
    const original = loadModel(bytesOf(`${name}/model.safetensors`)),
      found = loadModel(bytesOf(`${name}-int8.safetensors`));
    expect(found).toMatchObject({ weights: "int8", tokenizer: original.tokenizer, about: original.about, model: { config: original.model.config } });
    for (const [place, tensor] of named(original.params)) {
      const values = tensor.dataSync<"float32">();
      const [rows, columns] = tensor.shape as [number, number];
      expect(named(found.params).get(place)?.dataSync(), place).toEqual(tensor.rank === 2 ? dequantizeRows(quantizeRows(values, rows, columns)) : values);
    }
    disposeTree([original.params, found.params]);
    expect(event).toMatchObject({ event: "quantized", to: "int8", out, text: corpus, part: "validation", context: 12, unknown: 0 });
    expect(event.bytes).toEqual({ before: statSync(path(`${name}/model.safetensors`)).size, after: statSync(out).size });
    expect(event.bytes.after).toBeLessThan(event.bytes.before);
    expect(event.loss.before).toBeCloseTo(await evaluated(path(name), corpus), 6);
    expect(event.loss.after).toBeCloseTo(await evaluated(out, corpus), 6);
    expect(event.loss.after).not.toBe(event.loss.before);
    expect(event.loss.difference).toBe(event.loss.after - event.loss.before);
    expect(Math.abs(event.loss.difference)).toBeLessThan(0.05);
    expect(event.writing.characters).toBe(event.characters);
    expect(event.writing.difference).toBe(event.writing.after - event.writing.before);
    expect(event.writing.difference).not.toBe(0);
    expect(Math.abs(event.writing.difference)).toBeLessThan(0.05);
    // Windows begin without memory, where reading goes on.
    expect(event.writing.before).toBeCloseTo(event.loss.before, 0);
  });

  it("is written with as it is stored, unless it is told otherwise", async () => {
    const text = async (...args: string[]) => (await refrain("write", ...args, "--lines", "4")).stdout;
    const stored = path("run-int8.safetensors");
    expect(await text(stored)).toBe(await text(stored, "--weights", "int8"));
    expect((await refrain("write", path("run"), "--lines", "1", "--weights", "int8")).code).toBe(0);
    expect((await refrain("write", stored, "--weights", "int8", "--backend", "cpu")).stderr).toMatch(
      /--weights int8 needs kernels, which the simd backend has/,
    );
    expect((await refrain("write", stored, "--backend", "cpu", "--lines", "1")).code).toBe(0);
  });

  it("writes one that every command takes", async () => {
    const model = path("run-int8.safetensors");
    const outcomes = await Promise.all([
      refrain("write", model, "--lines", "2"),
      refrain("rewrite", model, "春風又綠江南岸。"),
      refrain("evaluate", model, corpus),
      refrain("export", model, "--out", path("int8.onnx")),
      refrain("export", model, "--format", "torch", "--out", path("int8-torch.safetensors")),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).not.toBe("");
    }
    expect([...readSafetensors(bytesOf("int8-torch.safetensors")).tensors.values()].every(({ dtype }) => dtype === "F32")).toBe(true);
  });

  it("tells people the sizes and the losses, of a model's file in its run's folder too", async () => {
    const { code, stdout, stderr } = await refrain("quantize", path("run/model.safetensors"), "--to", "f16", "--out", path("deep/half.safetensors"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /half\.safetensors: f16, [\d,]+ bytes instead of [\d,]+ \(\d\d\.\d %\)\nloss on the last tenth of .*songs\.txt: \d\.\d{4} nats per character before, \d\.\d{4} after \([+-]0\.00\d{4}\)\n$/,
    );
    expect(loadModel(bytesOf("deep/half.safetensors")).weights).toBe("f16");
    expect(readdirSync(path("deep"))).toEqual(["half.safetensors"]);
  });

  it("measures on the text that it is told, all of it where it is another", async () => {
    const other = put("other.txt", "春風xyz。\n明月。\n");
    const event = await quantized(path("run"), "--to", "int8", "--text", other, "--out", path("other.safetensors"));
    expect(event).toMatchObject({ text: other, part: "all", characters: 7, unknown: 3 });
    expect(event.loss.after).toBeCloseTo(await evaluated(path("other.safetensors"), other), 6);
  });

  it("knows a model of the embedded lyrics wherever it lies", async () => {
    await refrain("train", "default", ...TINY, "--steps", "1", "--out", path("lyrics"), "--json");
    renameSync(path("lyrics/model.safetensors"), path("moved.safetensors"));
    expect(await quantized(path("moved.safetensors"), "--to", "f16", "--out", path("moved-f16.safetensors"))).toMatchObject({
      text: "default",
      part: "validation",
    });
  });

  it("says that it did not measure, why, and what to do, where the text is not known", async () => {
    const alone = put("alone.safetensors", bytesOf("run/model.safetensors"));
    const { code, stdout, stderr } = await refrain("quantize", alone, "--to", "int8", "--out", path("alone-int8.safetensors"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /\nthe loss was not measured: it does not lie in the folder of its run.*\. Name a text by --text, or measure both files by refrain evaluate\.\n$/,
    );
    expect(bytesOf("alone-int8.safetensors")).toEqual(bytesOf("run-int8.safetensors"));
    expect(await quantized(alone, "--to", "f16", "--out", path("alone-f16.safetensors"))).toMatchObject({
      loss: null,
      missing: expect.stringContaining("folder"),
    });
    const { model, params, tokenizer } = loadModel(bytesOf("run/model.safetensors"));
    const silent = put("silent.safetensors", saveModel({ model, params, tokenizer }));
    const { missing } = await quantized(silent, "--to", "f16", "--out", path("silent-f16.safetensors"));
    expect(missing).toBe("its file does not say what text it was trained on");
  });

  it("says so where the run's text is gone, or another", async () => {
    const songs = put("passing.txt", SONGS);
    await refrain("train", songs, ...TINY, "--steps", "1", "--out", path("passing"), "--json");
    put("passing.txt", SONGS.replaceAll("春", "秋"));
    const changed = await quantized(path("passing"), "--to", "int8", "--out", path("passing-1.safetensors"));
    expect(changed).toMatchObject({ loss: null, missing: `${songs} is not the text any more that it was trained on` });
    renameSync(songs, path("gone.txt"));
    const gone = await quantized(path("passing"), "--to", "int8", "--out", path("passing-2.safetensors"));
    expect(gone).toMatchObject({ loss: null, missing: expect.stringContaining(`${songs}, which it was trained on, cannot be read (`) });
  });

  mkdirSync(path("folder"));
  it.each([
    ["no --to", ["--out", "x"], 2, /--to is missing: say int8, a quarter of the bytes, or f16, half of them\./],
    ["no --out", ["--to", "f16"], 2, /--out is missing: name the file to write, model-f16\.safetensors for one\./],
    ["an unknown --to", ["--to", "int4", "--out", "x"], 2, /--to must be one of int8, f16, but got "int4"\. Did you mean int8\?/],
    ["an out that is there", ["--to", "int8", "--out", path("folder")], 1, /folder is there already\. Choose another --out, or remove it first\./],
    ["an out below a file", ["--to", "int8", "--out", `${corpus}/x`], 1, /songs\.txt\/x cannot be written/],
    ["a text that is not there", ["--to", "int8", "--out", path("never"), "--text", path("none.txt")], 1, /none\.txt does not exist/],
    ["a text it knows nothing of", ["--to", "int8", "--out", path("never"), "--text", put("latin.txt", "abc")], 1, /holds no character that the model knows/],
  ])("says what is wrong with %s, and writes nothing", async (_, args, exitCode, message) => {
    const { code, stdout, stderr } = await refrain("quantize", path("run"), ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^refrain: [^\n]+\n$/);
    expect([code, stdout]).toEqual([exitCode, ""]);
    expect(existsSync(path("never"))).toBe(false);
  });

  it("refuses to round what was rounded already", async () => {
    for (const [from, to] of [
      ["run-int8.safetensors", "f16"],
      ["deep/half.safetensors", "f16"],
    ] as const) {
      const { code, stdout, stderr } = await refrain("quantize", path(from), "--to", to, "--out", path("never"));
      expect(stderr).toMatch(/^refrain: [^\n]* is in (int8|f16) already, and rounded again it would lose more\. Quantize the model that it was made from\.\n$/);
      expect([code, stdout]).toEqual([1, ""]);
    }
    expect(existsSync(path("never"))).toBe(false);
  });

  it("names the weight that does not fit in, or the file that is none", async () => {
    const { tensors, metadata } = readSafetensors(bytesOf("run/model.safetensors"));
    const [[name, { shape, bytes }]] = [...tensors] as [[string, StoredTensor]];
    const numbers = new Float32Array(bytes.length / 4).fill(70000);
    const large = new Map([...tensors, [name, { dtype: "F32" as const, shape, bytes: new Uint8Array(numbers.buffer) }]]);
    const wide = put("wide.safetensors", writeSafetensors({ tensors: large, metadata }));
    for (const [model, message] of [
      [wide, new RegExp(`wide\\.safetensors cannot be quantized: storeTensors: ${name} cannot be stored as f16: it holds 70000,`)],
      [corpus, /songs\.txt cannot be used: .*no valid safetensors file/],
    ] as const) {
      const { code, stderr } = await refrain("quantize", model, "--to", "f16", "--out", path("never"));
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^refrain: [^\n]+\n$/);
      expect(code).toBe(1);
    }
    expect(existsSync(path("never"))).toBe(false);
  });
});
