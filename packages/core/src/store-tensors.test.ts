import { ones, scalar, type Tensor, tensor, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak, some } from "@refrain-tests/checks";
import { dequantizeRows, floatToHalf, halfToFloat, isScales, quantizeRows, readSafetensors, type StoredTensor, writeSafetensors } from "@refrain/safetensors";
import { disposeTree } from "./tree.ts";
import { useBackend } from "./use-backend.ts";
import { loadTensors } from "./load-tensors.ts";
import { storeTensors } from "./store-tensors.ts";

const ofWords = (bytes: Uint8Array<ArrayBuffer>) => new Uint16Array(bytes.slice().buffer);

describe.each(BACKENDS)("tensors stored in fewer bits, on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const treeOf = () => ({ layers: [{ weight: some([5, 3], 1), bias: some([5], 2) }], filter: some([2, 2, 1, 3], 3), step: tensor([7], [1], "int32") });
  const through = (tensors: ReadonlyMap<string, StoredTensor>) => readSafetensors(writeSafetensors({ tensors, metadata: {} })).tensors;
  const kindsOf = (tensors: ReadonlyMap<string, StoredTensor>) => [...tensors].map(([path, { dtype, shape }]) => [path, dtype, shape]);

  it("are matrices of int8 with their scales beside them, all else as it was", () => {
    const tree = treeOf();
    const stored = storeTensors(tree, { as: "int8" });
    expect(kindsOf(stored)).toEqual([
      ["layers.0.weight", "I8", [5, 3]],
      ["layers.0.weight.scales", "F32", [5]],
      ["layers.0.bias", "F32", [5]],
      ["filter", "F32", [2, 2, 1, 3]],
      ["step", "I32", [1]],
    ]);
    expect([...stored.keys()].filter((name) => isScales(name, stored))).toEqual(["layers.0.weight.scales"]);
    const loaded = loadTensors(through(stored));
    expect([...loaded.keys()]).toEqual(["layers.0.weight", "layers.0.bias", "filter", "step"]);
    const weight = tree.layers[0]?.weight as Tensor;
    const quantized = quantizeRows(weight.dataSync<"float32">(), 5, 3);
    expect(loaded.get("layers.0.weight")?.dtype).toBe("float32");
    expect(loaded.get("layers.0.weight")?.shape).toEqual([5, 3]);
    expect(loaded.get("layers.0.weight")?.dataSync()).toEqual(dequantizeRows(quantized));
    expect(loaded.get("layers.0.bias")?.dataSync()).toEqual(tree.layers[0]?.bias.dataSync());
    expect(loaded.get("filter")?.dataSync()).toEqual(tree.filter.dataSync());
    expect(loaded.get("step")?.dataSync()).toEqual(Int32Array.of(7));
    expect(storeTensors({ weight: loaded.get("layers.0.weight") as Tensor }, { as: "int8" }).get("weight")).toEqual(stored.get("layers.0.weight"));
  });

  it("are the nearest halves", () => {
    const tree = treeOf();
    const stored = storeTensors(tree, { as: "f16" });
    expect(kindsOf(stored).map(([, dtype]) => dtype)).toEqual(["F16", "F16", "F16", "I32"]);
    const numbers = tree.filter.dataSync<"float32">();
    expect(ofWords(stored.get("filter")?.bytes as Uint8Array<ArrayBuffer>)).toEqual(Uint16Array.from(numbers, floatToHalf));
    expect(loadTensors(through(stored)).get("filter")?.dataSync()).toEqual(Float32Array.from(numbers, (value) => halfToFloat(floatToHalf(value))));
  });

  it("may be empty", () => {
    const tree = { none: zeros([0, 3]), rows: zeros([3, 0]) };
    for (const as of ["f16", "int8"] as const) {
      const loaded = loadTensors(through(storeTensors(tree, { as })));
      expect([...loaded].map(([path, { shape }]) => [path, shape])).toEqual([
        ["none", [0, 3]],
        ["rows", [3, 0]],
      ]);
    }
  });

  it("keep NaN and infinities in 16 bits, and name the tensor that holds more than those reach", () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 65504, 65519];
    expect([
      ...(loadTensors(storeTensors({ x: tensor1d(special) }, { as: "f16" }))
        .get("x")
        ?.dataSync() ?? []),
    ]).toEqual([...special.slice(0, 4), 65504]);
    expect(() => storeTensors({ a: ones([1]), cells: [tensor1d([1, -65520])] }, { as: "f16" })).toThrow(
      "storeTensors: cells.0 cannot be stored as f16: it holds -65520, and halves reach from -65504 to 65504. Store it as f32.",
    );
  });

  it("say which tensor holds what int8 cannot", () => {
    expect(() => storeTensors({ a: ones([1, 1]), cells: [tensor2d([[1, Number.NaN]])] }, { as: "int8" })).toThrow(
      /^storeTensors: cells\.0 cannot be stored as int8: .*row 0, column 1 is NaN/,
    );
  });

  it("do not lose a tensor that has the name of another's scales", () => {
    expect(() => storeTensors({ a: ones([1, 1]), "a.scales": ones([1]) }, { as: "int8" })).toThrow(
      "storeTensors: two tensors would be stored as a.scales. Give them names without a point.",
    );
    expect([...loadTensors(storeTensors({ a: ones([1, 1]), "a.scales": ones([1]) })).keys()]).toEqual(["a", "a.scales"]);
  });

  it("are stored in no way that there is not", () => {
    expect(() => storeTensors({}, { as: "int4" as "int8" })).toThrow('storeTensors: as must be one of f32, f16, int8, but is "int4".');
  });

  const matrix = () => storeTensors({ w: some([4, 2], 1) }, { as: "int8" });
  const scales = (change: Partial<StoredTensor>) => new Map([...matrix(), ["w.scales", { ...(matrix().get("w.scales") as StoredTensor), ...change }]]);
  const F32 = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);

  it.each([
    ["no scales", () => new Map([...matrix()].slice(0, 1)), /^loadTensors: w is I8 \[4,2\], but its scales, w\.scales, are missing\. Store it anew/],
    ["scales in 16 bits", () => scales({ dtype: "F16", bytes: new Uint8Array(8) }), /so that its scales must be F32 \[4\], but they are F16 \[4\]\./],
    ["scales of another shape", () => scales({ shape: [2, 2] }), /so that its scales must be F32 \[4\], but they are F32 \[2,2\]\./],
    ["too few scales", () => scales({ shape: [3], bytes: F32(1, 1, 1) }), /so that its scales must be F32 \[4\], but they are F32 \[3\]\./],
    ["a scale that is NaN", () => scales({ bytes: F32(1, Number.NaN, 1, 1) }), /^loadTensors: w is damaged: .*scales must be from 0 .* row 1 is NaN/],
    ["an infinite scale", () => scales({ bytes: F32(1, 1, 1, Number.POSITIVE_INFINITY) }), /^loadTensors: w is damaged: .* row 3 is Infinity/],
    ["a negative scale", () => scales({ bytes: F32(-1, 1, 1, 1) }), /^loadTensors: w is damaged: .* row 0 is -1/],
    ["-128", () => new Map([...matrix(), ["w", { dtype: "I8" as const, shape: [4, 2], bytes: new Uint8Array(8).fill(128) }]]), /w is damaged: .* is -128/],
    ["int8 that is no matrix", () => new Map([["v", { dtype: "I8" as const, shape: [2], bytes: new Uint8Array(2) }]]), /v is I8 \[2\], but matrices alone/],
  ])("are refused with %s", (_, damaged, message) => {
    expect(() => loadTensors(damaged())).toThrow(message);
  });

  it("leak nothing", () => {
    const tree = { a: scalar(1), b: some([3, 2], 1) };
    for (const as of ["f16", "int8"] as const) expectNoLeak(() => disposeTree([...loadTensors(storeTensors(tree, { as })).values()]));
  });
});
