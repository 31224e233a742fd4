import { disposeTree, loadTensors, named, readSafetensors, type TensorTree, useBackend } from "@refrain/core";
import { toOnnx, torchModel } from "@refrain/interop";
import { loadModel } from "@refrain/models";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lines, refrain, SONGS, TINY, workshop } from "./testing.test-helper.ts";

const { path, put, remove } = workshop();
const corpus = put("songs.txt", SONGS);

beforeAll(async () => {
  await useBackend("cpu");
  const { code } = await refrain("train", corpus, ...TINY, "--steps", "5", "--out", path("run"), "--json");
  expect(code).toBe(0);
});
afterAll(remove);

const bytesOf = (name: string) => new Uint8Array(readFileSync(path(name)));

/** Fails unless both trees have the same tensors, number for number. */
function expectSame(found: TensorTree, expected: TensorTree): void {
  const tensors = named(found);
  expect([...tensors.keys()]).toEqual([...named(expected).keys()]);
  for (const [name, tensor] of named(expected)) expect(tensors.get(name)?.dataSync(), name).toEqual(tensor.dataSync());
}

describe("refrain export", () => {
  it("writes the ONNX file of the trained model, whole and with its tokenizer", async () => {
    const { code, stdout, stderr } = await refrain("export", path("run"), "--out", path("out/writer.onnx"));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/writer\.onnx: onnx, [\d,]+ bytes\n$/);
    const { model, params, tokenizer } = loadModel(bytesOf("run/model.safetensors"));
    expect(bytesOf("out/writer.onnx")).toEqual(toOnnx(model, params, { tokenizer }));
    expect(readdirSync(path("out"))).toEqual(["writer.onnx"]);
    disposeTree(params);
  });

  it("writes a PyTorch state dict that comes back as the same model", async () => {
    const { code, stdout, stderr } = await refrain("export", path("run/model.safetensors"), "--format", "torch", "--out", path("state.safetensors"), "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const bytes = bytesOf("state.safetensors");
    expect(lines(stdout)).toEqual([{ event: "exported", format: "torch", bytes: bytes.length, out: path("state.safetensors") }]);
    const { model, params, tokenizer } = loadModel(bytesOf("run/model.safetensors"));
    const { tensors, metadata } = readSafetensors(bytes);
    expect(JSON.parse(metadata.model as string)).toEqual({ kind: "char-rnn", config: model.config });
    expect(JSON.parse(metadata.tokenizer as string)).toEqual(tokenizer);
    expect([...tensors.keys()]).toContain("lstm.weight_ih_l0");
    const loaded = torchModel(model).load(loadTensors(tensors));
    expectSame(loaded, params);
    disposeTree([params, loaded]);
  });

  it("exports a gpt both ways", async () => {
    await refrain(
      "train",
      corpus,
      "--model",
      "gpt",
      "--hidden",
      "8",
      "--heads",
      "2",
      "--layers",
      "1",
      "--batch",
      "2",
      "--context",
      "8",
      "--steps",
      "2",
      "--out",
      path("gpt"),
      "--json",
    );
    const outcomes = await Promise.all([
      refrain("export", path("gpt"), "--out", path("gpt.onnx")),
      refrain("export", path("gpt"), "--format", "torch", "--out", path("gpt.safetensors")),
    ]);
    for (const { code, stderr } of outcomes) expect([code, stderr]).toEqual([0, ""]);
    const { model, params, tokenizer } = loadModel(bytesOf("gpt/model.safetensors"));
    expect(bytesOf("gpt.onnx")).toEqual(toOnnx(model, params, { tokenizer }));
    const loaded = torchModel(model).load(loadTensors(readSafetensors(bytesOf("gpt.safetensors")).tensors));
    expectSame(loaded, params);
    disposeTree([params, loaded]);
  });

  it("says what PyTorch has no place for", async () => {
    await refrain("train", corpus, ...TINY, "--model", "peephole-lstm", "--steps", "1", "--out", path("peephole"), "--json");
    const { code, stderr } = await refrain("export", path("peephole"), "--format", "torch", "--out", path("peephole.safetensors"));
    expect(stderr).toMatch(/^refrain: [^\n]*peephole cannot be exported: [^\n]*has no peepholes[^\n]*ONNX instead\.\n$/);
    expect(code).toBe(1);
    expect(existsSync(path("peephole.safetensors"))).toBe(false);
  });

  it("leaves a file that is there alone, the model's own above all", async () => {
    const before = bytesOf("run/model.safetensors");
    const { code, stderr, stdout } = await refrain("export", path("run"), "--format", "torch", "--out", path("run/model.safetensors"));
    expect(stderr).toMatch(/^refrain: [^\n]*model\.safetensors is there already\. Choose another --out, or remove it first\.\n$/);
    expect([code, stdout]).toEqual([1, ""]);
    expect(bytesOf("run/model.safetensors")).toEqual(before);
  });

  it.each([
    ["no --out", [], 2, /--out is missing: name the file to write, model\.onnx for one/],
    ["an unknown format", ["--format", "onxx", "--out", "x"], 2, /--format must be one of onnx, torch.*Did you mean onnx\?/],
    ["an out below a file", ["--out", `${corpus}/x.onnx`], 1, /songs\.txt\/x\.onnx cannot be written/],
  ])("says what is wrong with %s, and writes nothing", async (_, args, exitCode, message) => {
    const { code, stdout, stderr } = await refrain("export", path("run"), ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^refrain: [^\n]+\n$/);
    expect([code, stdout]).toEqual([exitCode, ""]);
  });

  it("says what is wrong with a model that is none", async () => {
    const { code, stderr } = await refrain("export", corpus, "--out", path("none.onnx"));
    expect(stderr).toMatch(/^refrain: [^\n]*songs\.txt cannot be used: [^\n]*no valid safetensors file[^\n]*\n$/);
    expect(code).toBe(1);
    expect(existsSync(path("none.onnx"))).toBe(false);
  });
});
