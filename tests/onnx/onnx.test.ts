import { disposeTree, foldIn, generator, key, type Key, mapTree, named, normal, type TensorTree, useBackend } from "@refrain/core";
import { toOnnx } from "@refrain/interop";
import { charRnn, type CharRnnConfig, type CharRnnState, gpt, type GptConfig } from "@refrain/models";
import { tensor, tensor2d, tidy } from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";

/*
 * Exported models in a runtime that knows nothing of ours: the same logits and states, on our kernels and in onnxruntime-web's.
 */

const BOUND = 1e-4;

/** [batch, time] of the runs: one file must do for all of them. */
const RUNS = [
  [1, 1],
  [2, 7],
  [3, 4],
] as const;

beforeAll(async () => {
  await useBackend("simd");
  ort.env.wasm.numThreads = 1;
});

/** Parameters large enough that no part of a model is lost in rounding. */
function lively<P extends TensorTree>(fresh: P, from: Key): P {
  let place = 0;
  const drawn = mapTree(fresh, (leaf) => tensor(normal(foldIn(from, place++), leaf.size, 0, 0.5), leaf.shape));
  disposeTree(fresh);
  return drawn;
}

const floats = (from: Key, shape: readonly number[]) =>
  new ort.Tensor(
    "float32",
    normal(
      from,
      shape.reduce((a, b) => a * b),
      0,
      0.5,
    ),
    [...shape],
  );

function someTokens(from: Key, batch: number, time: number, vocabulary: number): Int32Array<ArrayBuffer> {
  const random = generator(from);
  return Int32Array.from({ length: batch * time }, () => Math.floor(random() * vocabulary));
}

const tokensTensor = (tokens: Int32Array<ArrayBuffer>, batch: number, time: number) => new ort.Tensor("int32", tokens, [batch, time]);

/** The numbers of an output, which must be there. */
function valuesOf(output: ort.Tensor | undefined): Float32Array {
  if (!(output?.data instanceof Float32Array)) throw new Error("there is no such output of float32");
  return output.data;
}

/** Fails unless the output has the shape and the numbers that are expected. */
function expectOutput(found: ort.Tensor | undefined, shape: readonly number[], expected: ArrayLike<number>): void {
  expect(found?.dims).toEqual(shape);
  const values = valuesOf(found);
  const furthest = Array.from(expected, (value, i) => Math.abs((values[i] as number) - value) / (1 + Math.abs(value)));
  expect(Math.max(...furthest)).toBeLessThan(BOUND);
}

const session = (bytes: Uint8Array) => ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });

const CELLS: readonly CharRnnConfig["cell"][] = ["rnn", "gru", "lstm", "peephole-lstm"];
const CHAR_RNNS: readonly CharRnnConfig[] = CELLS.flatMap((cell) => [
  { cell, vocabulary: 11, embedding: 5, hidden: 8, layers: 1 },
  { cell, vocabulary: 11, embedding: 6, hidden: 6, layers: 2, tied: true },
  { cell, vocabulary: 11, embedding: 4, hidden: 9, layers: 3 },
]);

describe.each(CHAR_RNNS)("char-rnn $cell, $layers × $hidden, tied $tied", (config) => {
  const { vocabulary, layers, hidden } = config;
  const fields = config.cell.endsWith("lstm") ? ["h", "c"] : ["h"];

  it("gives our logits and states, whatever the batch and time", async () => {
    const model = charRnn(config);
    const params = lively(model.init(key(1)), key(2));
    const net = await session(toOnnx(model, params));
    expect(net.inputNames).toEqual(["tokens", ...fields]);
    expect(net.outputNames).toEqual(["logits", ...fields.map((field) => `next_${field}`)]);
    for (const [batch, time] of RUNS) {
      const tokens = someTokens(key(3), batch, time, vocabulary);
      const state = Object.fromEntries(fields.map((field, i) => [field, floats(key(4 + i), [layers, batch, hidden])]));
      const outputs = await net.run({ tokens: tokensTensor(tokens, batch, time), ...state });
      tidy(() => {
        const layerOf = (field: string, layer: number) =>
          tensor2d(valuesOf(state[field]).slice(layer * batch * hidden, (layer + 1) * batch * hidden), [batch, hidden]);
        const before = Array.from({ length: layers }, (_, layer) =>
          Object.fromEntries(fields.map((field) => [field, layerOf(field, layer)])),
        ) as unknown as CharRnnState;
        const ours = model.apply(params, { tokens: tensor2d(tokens, [batch, time], "int32"), state: before });
        expectOutput(outputs.logits, [batch, time, vocabulary], ours.logits.dataSync());
        const after = named(ours.state);
        for (const field of fields) {
          const values = Array.from({ length: layers }, (_, layer) => [...(after.get(`${layer}.${field}`)?.dataSync() ?? [])]).flat();
          expectOutput(outputs[`next_${field}`], [layers, batch, hidden], values);
        }
      });
    }
    disposeTree(params);
  });

  it("reads on from where it stopped", async () => {
    const model = charRnn(config);
    const params = lively(model.init(key(5)), key(6));
    const net = await session(toOnnx(model, params));
    const tokens = someTokens(key(7), 1, 6, vocabulary);
    let state: Record<string, ort.Tensor> = Object.fromEntries(
      fields.map((field) => [field, new ort.Tensor("float32", new Float32Array(layers * hidden), [layers, 1, hidden])]),
    );
    const whole = await net.run({ tokens: tokensTensor(tokens, 1, 6), ...state });
    const piecewise: number[] = [];
    for (const token of tokens) {
      const step = await net.run({ tokens: tokensTensor(Int32Array.of(token), 1, 1), ...state });
      piecewise.push(...valuesOf(step.logits));
      state = Object.fromEntries(fields.map((field) => [field, step[`next_${field}`] as ort.Tensor]));
    }
    expectOutput(whole.logits, [1, 6, vocabulary], piecewise);
    disposeTree(params);
  });
});

const GPT: GptConfig = { vocabulary: 11, context: 7, features: 12, heads: 2, layers: 2 };
const GPTS: readonly Partial<GptConfig>[] = [
  {},
  { tied: false, bias: false },
  { activation: "gelu-tanh", norm: "rms" },
  { activation: "relu", positions: "sinusoidal", layers: 1 },
  { activation: "swiglu", norm: "rms", positions: "rotary", heads: 6, keyValueHeads: 2, hidden: 20 },
  { positions: "rotary", bias: false, keyValueHeads: 1 },
  { positions: "alibi", heads: 3, tied: false },
];

describe.each(GPTS)("gpt %j", (choice) => {
  const model = gpt({ ...GPT, ...choice });
  const { vocabulary, context } = model.config;

  it("gives our logits, whatever the batch and time", async () => {
    const params = lively(model.init(key(1)), key(2));
    const net = await session(toOnnx(model, params));
    expect([net.inputNames, net.outputNames]).toEqual([["tokens"], ["logits"]]);
    for (const [batch, time] of [...RUNS, [1, context]] as const) {
      const tokens = someTokens(key(3), batch, time, vocabulary);
      const { logits } = await net.run({ tokens: tokensTensor(tokens, batch, time) });
      tidy(() => {
        const ours = model.apply(params, { tokens: tensor2d(tokens, [batch, time], "int32") });
        expectOutput(logits, [batch, time, vocabulary], ours.logits.dataSync());
      });
    }
    disposeTree(params);
  });
});

describe("gpt beyond its context", () => {
  it.each(["learned", "sinusoidal", "rotary"] as const)("with %s positions fails rather than guess", async (positions) => {
    const model = gpt({ ...GPT, positions });
    const params = model.init(key(1));
    const net = await session(toOnnx(model, params));
    const time = GPT.context + 1;
    // The runtime would print the error, which is expected, besides throwing it.
    const quietly = { logSeverityLevel: 4 } as const;
    await expect(net.run({ tokens: tokensTensor(new Int32Array(time), 1, time) }, quietly)).rejects.toThrow(/bounds/);
    disposeTree(params);
  });
});
