import { slice, type Tensor, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { disposeTree, key, named, useBackend } from "@refrain/core";
import { charRnn, type CharRnnConfig, gpt, type GptConfig, type LanguageModel } from "@refrain/models";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import { expectSameTensors, readGolden, under } from "../golden.test-helper.ts";
import { torchModel } from "./torch-model.ts";

/** The mean negative log-likelihood of the labels, in plain numbers. `logits` [.., classes] */
function lossOf(logits: Tensor, labels: ArrayLike<number>): number {
  const classes = logits.shape.at(-1) as number;
  const values = logits.dataSync();
  const each = Array.from(labels, (label, i) => {
    const row = Array.from(values.subarray(i * classes, (i + 1) * classes));
    return Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - (row[label] as number);
  });
  return each.reduce((a, b) => a + b) / each.length;
}

/** What a tokens tensor [steps, batch, time + 1] of a case asks at its first step. */
function firstBatch(tokens: Tensor): { inputs: Tensor2D; labels: ArrayLike<number> } {
  const [, batch, time] = tokens.shape as [number, number, number];
  const part = (from: number) => slice(tokens, [0, 0, from], [1, batch, time - 1]).dataSync<"int32">();
  return { inputs: tensor2d(Int32Array.from(part(0)), [batch, time - 1], "int32"), labels: part(1) };
}

describe.each(BACKENDS)("whole models of PyTorch on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("a char-rnn loads and starts with PyTorch's loss", () => {
    tidy(() => {
      const golden = readGolden("train-char-rnn");
      const model = charRnn({ cell: "lstm", vocabulary: 17, embedding: 8, hidden: 12, layers: 2 });
      const params = torchModel(model).load(golden.tensors, "param.");
      const { inputs, labels } = firstBatch(golden.get("in.tokens"));
      expectClose([lossOf(model.apply(params, { tokens: inputs }).logits, labels)], [golden.get("out.loss").dataSync()[0] as number]);
      expectSameTensors(torchModel(model).save(params), under(golden.tensors, "param."));
    });
  });

  it("a gpt loads and starts with PyTorch's loss", () => {
    tidy(() => {
      const golden = readGolden("train-gpt");
      const model = gpt({ vocabulary: 17, context: 6, features: 12, heads: 2, layers: 2, tied: false });
      const params = torchModel(model).load(golden.tensors, "param.");
      const { inputs, labels } = firstBatch(golden.get("in.tokens"));
      expectClose([lossOf(model.apply(params, { tokens: inputs }).logits, labels)], [golden.get("out.loss").dataSync()[0] as number]);
      expectSameTensors(torchModel(model).save(params), under(golden.tensors, "param."));
    });
  });
});

const RNN: CharRnnConfig = { cell: "gru", vocabulary: 7, embedding: 4, hidden: 4, layers: 2 };
const GPT: GptConfig = { vocabulary: 7, context: 5, features: 8, heads: 2, layers: 1 };

const MODELS: readonly (readonly [string, LanguageModel])[] = [
  ["a char-rnn", charRnn(RNN)],
  ["a tied char-rnn", charRnn({ ...RNN, tied: true })],
  ["a gpt", gpt(GPT)],
  ["a gpt without biases, untied", gpt({ ...GPT, bias: false, tied: false })],
  ["a gpt with sinusoidal positions", gpt({ ...GPT, positions: "sinusoidal" })],
  ["a gpt with ALiBi", gpt({ ...GPT, positions: "alibi" })],
] as (readonly [string, LanguageModel])[];

describe("saving and loading a model", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(MODELS)("%s comes back bit for bit, and nothing leaks", (_, model) => {
    const mapping = torchModel(model);
    expectNoLeak(() => {
      const params = model.init(key(1));
      const saved = mapping.save(params);
      const loaded = mapping.load(named(saved));
      expectSameTensors(Object.fromEntries(named(loaded)), named(params));
      disposeTree([params, saved, loaded]);
    });
  });

  it("tied weights stand twice; the copy may be left out, but not differ", () => {
    tidy(() => {
      const model = gpt(GPT);
      const saved = named(torchModel(model).save(model.init(key(1))));
      expect(saved.get("head.weight")?.dataSync()).toEqual(saved.get("token.weight")?.dataSync());
      saved.set("head.weight", some([7, 8], 1));
      expect(() => torchModel(model).load(saved)).toThrow("head.weight must be a copy of the weights that it is tied to");
      saved.delete("head.weight");
      expect([...named(torchModel(model).load(saved)).keys()]).toContain("embedding.weight");
    });
  });

  it("a file that does not fit the model's config says where, and leaks nothing", () => {
    const saved = torchModel(gpt(GPT)).save(gpt(GPT).init(key(1)));
    for (const [config, message] of [
      [{ vocabulary: 8 }, "the parameter embedding.weight has shape [7,8], but [8,8] must hold"],
      [{ layers: 2 }, "the parameter blocks.layers.1.attentionNorm.weight [8] is missing"],
      [{ context: 4 }, "the parameter positions.weight has shape [5,8], but [4,8] must hold"],
      [{ tied: false }, "torchModel: head.bias [7] is missing"],
    ] as const)
      expectNoLeak(() => expect(() => torchModel(gpt({ ...GPT, ...config })).load(named(saved))).toThrow(message));
    disposeTree(saved);
  });

  it("what PyTorch has not is refused", () => {
    expect(() => torchModel(gpt({ ...GPT, positions: "rotary" }))).toThrow("PyTorch's layers have no rotary positions");
    expect(() => torchModel(charRnn({ ...RNN, cell: "peephole-lstm" }))).toThrow("PyTorch's LSTM has no peepholes");
    for (const [choice, message] of [
      [{ norm: "rms" }, "these parameters are of RMS norms"],
      [{ activation: "swiglu" }, "the gate of SwiGLU"],
      [{ keyValueHeads: 1 }, "as many key/value heads as heads"],
    ] as const)
      tidy(() => {
        const model = gpt({ ...GPT, ...choice });
        expect(() => torchModel(model).save(model.init(key(1)))).toThrow(message);
      });
  });
});
