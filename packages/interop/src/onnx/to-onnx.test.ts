import { disposeTree, key, leaves, useBackend } from "@refrain/core";
import { charRnn, gpt, type LanguageModel } from "@refrain/models";
import proto from "onnx-proto";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { toOnnx } from "./to-onnx.ts";

/*
 * What the files say. That runtimes compute our numbers from them is for tests/onnx.
 */

const read = (bytes: Uint8Array) => proto.onnx.ModelProto.toObject(proto.onnx.ModelProto.decode(bytes), { longs: Number });

/** A port as "tokens [batch,time] of 6"; 1 is float32, 6 int32. */
const described = (
  ports: readonly { name: string; type: { tensorType: { elemType: number; shape: { dim: { dimParam?: string; dimValue?: number }[] } } } }[],
) =>
  ports.map(
    ({ name, type: { tensorType } }) => `${name} [${tensorType.shape.dim.map(({ dimParam, dimValue }) => dimParam ?? dimValue)}] of ${tensorType.elemType}`,
  );

describe.each(BACKENDS)("an ONNX file written on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("says who wrote it, for which version, and carries config and tokenizer", () => {
    const model = charRnn({ cell: "lstm", vocabulary: 5, embedding: 2, hidden: 3, layers: 2 });
    const params = model.init(key(1));
    const { graph, ...file } = read(toOnnx(model, params, { tokenizer: { kind: "char", characters: "夢天" }, about: { context: 9 } }));
    expect(file).toEqual({
      irVersion: 8,
      opsetImport: [{ domain: "", version: 17 }],
      producerName: "refrain",
      metadataProps: [
        { key: "model", value: JSON.stringify({ kind: "char-rnn", config: model.config }) },
        { key: "tokenizer", value: '{"kind":"char","characters":"夢天"}' },
        { key: "about", value: '{"context":9}' },
      ],
    });
    expect(graph.name).toBe("char-rnn");
    expect(described(graph.input)).toEqual(["tokens [batch,time] of 6", "h [2,batch,3] of 1", "c [2,batch,3] of 1"]);
    expect(described(graph.output)).toEqual(["logits [batch,time,5] of 1", "next_h [2,batch,3] of 1", "next_c [2,batch,3] of 1"]);
    disposeTree(params);
  });

  it("has tied weights once, and none but what was given", () => {
    const model = gpt({ vocabulary: 50, context: 4, features: 4, heads: 2, layers: 1 });
    const params = model.init(key(1));
    const { graph, metadataProps } = read(toOnnx(model, params));
    const weights = (graph.initializer as { name: string; dims: number[]; rawData: Uint8Array }[]).filter(({ name }) => !name.startsWith("constant."));
    expect(weights.map(({ name }) => name)).toContain("blocks.layers.0.attention.keyValue.weight");
    const numbers = weights.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
    expect(numbers).toBe(leaves(params).reduce((sum, leaf) => sum + leaf.size, 0));
    const table = weights.find(({ name }) => name === "embedding.weight")?.rawData.slice() as Uint8Array<ArrayBuffer>;
    expectClose(new Float32Array(table.buffer), params.embedding.weight.dataSync(), 0);
    expect(metadataProps.map(({ key: name }: { key: string }) => name)).toEqual(["model"]);
    disposeTree(params);
  });

  it.each<[string, LanguageModel]>([
    ["char-rnn", charRnn({ cell: "peephole-lstm", vocabulary: 5, embedding: 2, hidden: 3, layers: 2 }) as LanguageModel],
    ["gpt", gpt({ vocabulary: 5, context: 4, features: 4, heads: 2, layers: 1, positions: "rotary" }) as LanguageModel],
  ])("of a %s leaves the parameters to the caller, and nothing behind", (_, model) => {
    const params = model.init(key(1));
    const before = leaves(params).map((leaf) => leaf.dataSync().slice());
    expectNoLeak(() => expect(toOnnx(model, params).length).toBeGreaterThan(100));
    expect(leaves(params).map((leaf) => leaf.dataSync())).toEqual(before);
    disposeTree(params);
  });
});

describe("a model that is neither", () => {
  it("is refused by its kind", () => {
    const model = { ...gpt({ vocabulary: 5, context: 4, features: 4, heads: 2, layers: 1 }), kind: "tagger" };
    expect(() => toOnnx(model as never, {} as never)).toThrow('toOnnx: char-rnn and gpt can be exported, but the model is of the kind "tagger".');
  });
});
