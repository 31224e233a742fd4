import { add, ones, scalar, type Tensor, tensor, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak } from "@refrain-tests/checks";
import { type Dtype, readSafetensors, writeSafetensors } from "@refrain/safetensors";
import { disposeTree } from "./tree.ts";
import { useBackend } from "./use-backend.ts";
import { loadTensors } from "./load-tensors.ts";
import { storeTensors } from "./store-tensors.ts";

/** Half a dozen 16-bit words as stored bytes, little-endian. */
const words = (...all: number[]) => Uint8Array.from(all.flatMap((word) => [word & 255, word >> 8]));

function load(dtype: Dtype, shape: number[], bytes: Uint8Array<ArrayBuffer>): Tensor {
  return loadTensors(new Map([["x", { dtype, shape, bytes }]])).get("x") as Tensor;
}

describe.each(BACKENDS)("tensors in files, on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("come back with their paths, shapes, types and bits", () => {
    const special = [Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45, 3.4028234663852886e38];
    const tree = {
      cells: [
        {
          w: tensor2d([
            [1.5, -2],
            [3, 4],
          ]),
        },
        { w: add(tensor1d(special), 0) },
      ],
      step: tensor(7, [], "int32"),
      none: zeros([0, 3]),
    };
    const loaded = loadTensors(readSafetensors(writeSafetensors({ tensors: storeTensors(tree), metadata: {} })).tensors);
    expect([...loaded].map(([path, { shape, dtype }]) => [path, shape, dtype])).toEqual([
      ["cells.0.w", [2, 2], "float32"],
      ["cells.1.w", [5], "float32"],
      ["step", [], "int32"],
      ["none", [0, 3], "float32"],
    ]);
    expect(loaded.get("cells.0.w")?.dataSync()).toEqual(tree.cells[0]?.w.dataSync());
    expect(loaded.get("cells.1.w")?.dataSync()).toEqual(tree.cells[1]?.w.dataSync());
    expect(loaded.get("step")?.dataSync()).toEqual(Int32Array.of(7));
  });

  it("load from places in a file that are not aligned", () => {
    const tensors = new Map([
      ["a", { dtype: "U8" as const, shape: [1], bytes: new Uint8Array(1) }],
      ["b", { dtype: "F32" as const, shape: [1], bytes: Uint8Array.of(0, 0, 0x80, 0x3f) }],
    ]);
    const entry = readSafetensors(writeSafetensors({ tensors, metadata: {} })).tensors.get("b");
    expect([...load("F32", [1], entry?.bytes as Uint8Array<ArrayBuffer>).dataSync()]).toEqual([1]);
  });

  it("load F16: normal and subnormal numbers, zeros, infinities and NaN", () => {
    const x = load("F16", [10], words(0x3c00, 0xc000, 0x7bff, 0x3555, 0x0400, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e01));
    expect(x.dtype).toBe("float32");
    expect([...x.dataSync()]).toEqual([1, -2, 65504, 0.333251953125, 2 ** -14, 2 ** -24, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  it("load BF16, the upper half of a float32", () => {
    const x = load("BF16", [2, 4], words(0x3f80, 0xc000, 0x4049, 0x0001, 0x8000, 0x7f80, 0xff80, 0x7fc0));
    expect([x.shape, x.dtype]).toEqual([[2, 4], "float32"]);
    expect([...x.dataSync()]).toEqual([1, -2, 3.140625, 2 ** -133, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  it("load I32", () => {
    expect([...load("I32", [2], Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 128)).dataSync()]).toEqual([-1, -(2 ** 31)]);
  });

  it.each([
    ["F64", 8],
    ["I64", 8],
    ["U8", 1],
    ["BOOL", 1],
  ] as const)("refuse %s and say what can be loaded", (dtype, size) => {
    expect(() => load(dtype, [1], new Uint8Array(size))).toThrow(
      `loadTensors: x is ${dtype}, of ${size} bytes a number; F32, F16, BF16, I32, and I8 with scales can be loaded. Convert it first.`,
    );
  });

  it("refuse to be stored where the type is neither float32 nor int32", () => {
    expect(() => storeTensors({ a: ones([1]), masks: [tensor1d([true])] })).toThrow("storeTensors: masks.0 is bool; float32 and int32 can be stored.");
  });

  it("leak nothing", () => {
    const tree = { a: scalar(1), b: add(ones([3]), 1) };
    expectNoLeak(() => disposeTree([...loadTensors(storeTensors(tree)).values()]));
  });
});
