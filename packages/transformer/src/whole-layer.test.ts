import { key, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { mul, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import { expectClose, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { someInput, stirred } from "./blocks.test-helper.ts";
import type { BlockConfig } from "./contract.ts";
import { encoder } from "./encoder.ts";
import { encoderLayer, type EncoderLayerParams } from "./encoder-layer.ts";
import { wholeLayer } from "./whole-layer.ts";

const SIZES = { features: 4, heads: 2, hidden: 3 };

const WHOLE: readonly (readonly [string, BlockConfig])[] = [
  ["relu", SIZES],
  ["gelu, causal", { ...SIZES, activation: "gelu", causal: true }],
  ["gelu by tanh, ALiBi, a window, another epsilon", { ...SIZES, activation: "gelu-tanh", positions: "alibi", causal: true, window: 2, epsilon: 0.1 }],
  ["one key/value head, no biases", { ...SIZES, keyValueHeads: 1, bias: false, activation: "gelu" }],
];

const COMPOSED: readonly (readonly [string, Partial<BlockConfig>])[] = [
  ["norms after", { order: "post" }],
  ["rms norms", { norm: "rms" }],
  ["rotary positions", { positions: "rotary" }],
  ["a gate", { activation: "swiglu" }],
  ["dropout", { dropout: 0.1 }],
];

type All = { readonly own: EncoderLayerParams; readonly x: Tensor };

const TRAINING = { training: key(1) };

describe("a layer as one operation", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it.each(WHOLE)("is in training what it is composed of otherwise, with the same gradients: %s", (_, config) => {
    const layer = encoderLayer(config);
    const all: All = { own: stirred(layer.init(key(1))), x: someInput(2, 5, 1) };
    for (const lengths of [undefined, [5, 2]]) {
      expect(wholeLayer(config)?.(all.own, all.x as Tensor3D, lengths)).toBeDefined();
      const [whole, composed] = ([TRAINING, "inference"] as const).map((mode) => {
        const found = valueAndGrad(({ own, x }: All) => sum(mul(layer.apply(own, { x: x as Tensor3D, lengths }, mode).x, some([2, 5, 4], 9))))(all);
        const out = layer.apply(all.own, { x: all.x as Tensor3D, lengths }, mode);
        return new Map([...named({ ...found.gradients, y: out.x, keyValues: out.keyValues } as TensorTree)].map(([path, tensor]) => [path, tensor.dataSync()]));
      }) as [Map<string, Float32Array>, Map<string, Float32Array>];
      expect([...whole.keys()]).toEqual([...composed.keys()]);
      for (const [path, values] of whole) expectClose(values, composed.get(path) as Float32Array, 3e-5, path);
    }
  });

  it.each(WHOLE)("has true gradients: %s", (_, config) => {
    const layer = encoderLayer(config);
    const all: All = { own: stirred(layer.init(key(1))), x: someInput(2, 3, 2) };
    expectTrueGradients(({ own, x }: All) => layer.apply(own, { x: x as Tensor3D, lengths: [3, 1] }, TRAINING).x, all);
  });

  it("gives keys and values that gradients flow from", () => {
    const layer = encoderLayer(SIZES);
    const all: All = { own: stirred(layer.init(key(1))), x: someInput(1, 3, 2) };
    expectTrueGradients(({ own, x }: All) => layer.apply(own, { x: x as Tensor3D }, TRAINING).keyValues, all);
  });

  it("leaks nothing, in a stack either", () => {
    const net = encoder({ ...SIZES, layers: 2, causal: true });
    const params = stirred(net.init(key(1))),
      x = someInput(2, 3, 1);
    expectNoLeak(() => tidy(() => void valueAndGrad((own: typeof params) => sum(net.apply(own, { x }, TRAINING).x))(params)));
  });

  it.each(COMPOSED)("is not made of what has no kernel: %s", (_, config) => {
    expect(wholeLayer({ ...SIZES, ...config })).toBeUndefined();
  });

  it("is composed where a mask, weights or a past are given, and off simd", async () => {
    const layer = encoderLayer(SIZES);
    const params = stirred(layer.init(key(1))),
      x = someInput(1, 3, 2);
    expect(layer.apply(params, { x, weights: true }, TRAINING).weights).toBeDefined();
    const past = layer.apply(params, { x }).keyValues;
    expect(layer.apply(params, { x, past }, TRAINING).keyValues.shape[1]).toBe(6);
    await useBackend("cpu");
    expect(wholeLayer(SIZES)?.(params, x)).toBeUndefined();
  });
});
