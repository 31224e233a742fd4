import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { expectNoLeak, some } from "@refrain-tests/checks";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../use-backend.ts";
import { type BlockParams, type BlockShape, fusedBlock } from "./fused-block.ts";

// What it computes is held to its parts in @refrain/transformer's whole-layer.test.ts.

const SHAPE: BlockShape = { heads: 2, keyValueHeads: 2, causal: true, window: 0, epsilon: 1e-5, activation: "gelu" };

const dense = (outputs: number, inputs: number) => ({ weight: some([outputs, inputs], outputs) as Tensor2D, bias: some([outputs], inputs) as Tensor1D });
const norm = () => ({ weight: some([4], 1) as Tensor1D, bias: some([4], 2) as Tensor1D });
const params = (): BlockParams => ({
  attentionNorm: norm(),
  attention: { query: dense(4, 4), keyValue: dense(8, 4), output: dense(4, 4) },
  feedForwardNorm: norm(),
  feedForward: { up: dense(6, 4), down: dense(4, 6) },
});

describe("fusedBlock", () => {
  const x = () => some([2, 3, 4], 5) as Tensor3D;
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("gives a number for each of the input", () => {
    expect(fusedBlock(x(), params(), SHAPE)?.shape).toEqual([2, 3, 4]);
  });

  it.each<[string, (own: BlockParams) => BlockParams]>([
    ["the weight of query must be [4,4], but is [4,5].", (own) => ({ ...own, attention: { ...own.attention, query: dense(4, 5) } })],
    ["the weight of output must be [4,4], but is [5,4].", (own) => ({ ...own, attention: { ...own.attention, output: dense(5, 4) } })],
    ["the weight of up must be [6,4], but is [6,3].", (own) => ({ ...own, feedForward: { ...own.feedForward, up: dense(6, 3) } })],
    ["the weight of down must be [4,6], but is [4,60].", (own) => ({ ...own, feedForward: { ...own.feedForward, down: dense(4, 60) } })],
    ["the bias of feedForwardNorm must be [4], but is [3].", (own) => ({ ...own, feedForwardNorm: { ...norm(), bias: some([3], 1) as Tensor1D } })],
    ["keys and values must be [2, key, 8], but are [2,3,6].", (own) => ({ ...own, attention: { ...own.attention, keyValue: dense(6, 4) } })],
  ])("refuses parameters that do not fit: %s", (message, change) => {
    const [input, own] = [x(), change(params())];
    expectNoLeak(() => expect(() => fusedBlock(input, own, SHAPE)).toThrow(message));
  });

  it("is not to be had off simd", async () => {
    await useBackend("cpu");
    expect(fusedBlock(x(), params(), SHAPE)).toBeUndefined();
    await useBackend("simd");
  });
});
