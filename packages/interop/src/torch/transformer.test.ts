import { concat, ones, type Tensor, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import { multiHead } from "@refrain/attention";
import { disposeTree, key, named, type TensorTree, useBackend } from "@refrain/core";
import { type BlockConfig, decoderLayer, encoder, encoderDecoder, encoderLayer } from "@refrain/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, some } from "@refrain-tests/checks";
import type { Mapping } from "../contract.ts";
import { expectSameTensors, type Golden, readGolden, under } from "../golden.test-helper.ts";
import { torchDecoder } from "./torch-decoder.ts";
import { torchDecoderLayer } from "./torch-decoder-layer.ts";
import { torchEncoder } from "./torch-encoder.ts";
import { torchEncoderDecoder } from "./torch-encoder-decoder.ts";
import { torchEncoderLayer } from "./torch-encoder-layer.ts";
import { torchMultiHead } from "./torch-multi-head.ts";

const lengths = (golden: Golden, name: string) => golden.tensors.get(`in.${name}`)?.dataSync() as unknown as number[] | undefined;
const input = (golden: Golden, name: string) => golden.tensors.get(`in.${name}`) as Tensor3D;

function blockOf({ d_model, heads, ff, causal = false, norm_first = false, activation = "relu" }: Golden["config"]): BlockConfig {
  return { features: d_model, heads, hidden: ff, causal, order: norm_first ? "pre" : "post", activation } as BlockConfig;
}

/** A module's mapping, and what our layer makes of a case. */
type Module<P> = { readonly mapping: () => Mapping<P>; run(golden: Golden, params: P): Tensor };

const attention: Module<Parameters<ReturnType<typeof multiHead>["apply"]>[0]> = {
  mapping: torchMultiHead,
  run(golden, params) {
    const { d_model, heads, causal } = golden.config as { d_model: number; heads: number; causal: boolean };
    const layer = multiHead({ features: d_model, heads, causal });
    const keyLengths = lengths(golden, "key_lengths");
    return layer.apply(params, { query: input(golden, "query"), memory: input(golden, "key"), keyLengths: keyLengths && [...keyLengths] }).output;
  },
};
const encoding: Module<Parameters<ReturnType<typeof encoderLayer>["apply"]>[0]> = {
  mapping: torchEncoderLayer,
  run: (golden, params) => encoderLayer(blockOf(golden.config)).apply(params, { x: input(golden, "x") }).x,
};
const decoding: Module<Parameters<ReturnType<typeof decoderLayer>["apply"]>[0]> = {
  mapping: torchDecoderLayer,
  run: (golden, params) => decoderLayer(blockOf(golden.config)).apply(params, { x: input(golden, "x"), memory: input(golden, "memory") }).x,
};
const whole: Module<Parameters<ReturnType<typeof encoderDecoder>["apply"]>[0]> = {
  mapping: torchEncoderDecoder,
  run(golden, params) {
    const layers = golden.config.layers as number;
    const model = encoderDecoder({ ...blockOf(golden.config), finalNorm: true, encoderLayers: layers, decoderLayers: layers });
    const sourceLengths = [...(lengths(golden, "source_lengths") as number[])];
    return model.apply(params, { source: input(golden, "source"), target: input(golden, "target"), sourceLengths }).x;
  },
};

const CASES: readonly (readonly [string, Module<never>])[] = [
  ["attention-multi-head", attention],
  ["attention-multi-head-causal", attention],
  ["attention-multi-head-padded", attention],
  ["transformer-encoder-layer-post-norm-relu", encoding],
  ["transformer-encoder-layer-post-norm-gelu", encoding],
  ["transformer-encoder-layer-pre-norm-relu", encoding],
  ["transformer-encoder-layer-pre-norm-gelu", encoding],
  ["transformer-decoder-layer-post-norm", decoding],
  ["transformer-decoder-layer-pre-norm", decoding],
  ["transformer-encoder-decoder", whole],
] as unknown as readonly (readonly [string, Module<never>])[];

describe.each(BACKENDS)("PyTorch's attention and Transformer on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CASES)("%s: loaded, our layer gives PyTorch's numbers; saved, PyTorch's tensors come back", (name, { mapping, run }) => {
    tidy(() => {
      const golden = readGolden(name);
      const params = mapping().load(golden.tensors, "param.");
      expectClose(run(golden, params).dataSync(), golden.get("out.y").dataSync());
      expectSameTensors(mapping().save(params), under(golden.tensors, "param."));
    });
  });

  it.each(CASES)("%s: neither way leaks, and all that comes is the caller's", (name, { mapping }) => {
    const golden = readGolden(name);
    const whole = mapping();
    expectNoLeak(() => {
      const params = whole.load(golden.tensors, "param.");
      const saved = whole.save(params);
      disposeTree(params);
      expect(saved[Object.keys(saved)[0] as string]?.dataSync().length).toBeGreaterThan(0);
      disposeTree(saved);
    });
    disposeTree([...golden.tensors.values()]);
  });
});

describe("PyTorch's forms that no golden case has", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  const block = { features: 8, heads: 2, hidden: 12 };

  it("keys of other features stand in three matrices", () => {
    tidy(() => {
      const params = multiHead({ features: 8, heads: 2, keyFeatures: 5 }).init(key(1));
      const saved = torchMultiHead().save(params, "a.");
      expect(Object.entries(saved).map(([name, { shape }]) => `${name} [${shape}]`)).toEqual([
        "a.q_proj_weight [8,8]",
        "a.k_proj_weight [8,5]",
        "a.v_proj_weight [8,5]",
        "a.in_proj_bias [24]",
        "a.out_proj.weight [8,8]",
        "a.out_proj.bias [8]",
      ]);
      expectClose(concat([saved["a.k_proj_weight"], saved["a.v_proj_weight"]] as Tensor[]).dataSync(), params.keyValue.weight.dataSync(), 0);
      expectSameTensors(torchMultiHead().save(torchMultiHead().load(named(saved), "a."), "a."), named(saved));
    });
  });

  it("a layer without biases has norms without biases, which are 0", () => {
    tidy(() => {
      const layer = encoderLayer({ ...block, bias: false });
      const params = layer.init(key(1));
      const saved = torchEncoderLayer().save(params);
      expect(Object.keys(saved)).toEqual([
        "self_attn.in_proj_weight",
        "self_attn.out_proj.weight",
        "linear1.weight",
        "linear2.weight",
        "norm1.weight",
        "norm2.weight",
      ]);
      const loaded = torchEncoderLayer().load(named(saved));
      const x = some([2, 3, 8], 1) as Tensor3D;
      expectClose(layer.apply(loaded, { x }).x.dataSync(), layer.apply(params, { x }).x.dataSync(), 0);
      const moved = { ...params, attentionNorm: { ...params.attentionNorm, bias: ones([8]) } } as typeof params;
      expect(() => torchEncoderLayer().save(moved)).toThrow("torchEncoderLayer: PyTorch's layers without biases have none in their norms");
    });
  });

  it("a stack may have a final norm or not", () => {
    tidy(() => {
      for (const finalNorm of [false, true]) {
        const params = encoder({ ...block, layers: 3, finalNorm }).init(key(1));
        const saved = torchEncoder().save(params);
        expect("norm.weight" in saved).toBe(finalNorm);
        const loaded = torchEncoder().load(named(saved));
        expect([...named(loaded).keys()].toSorted()).toEqual([...named(params).keys()].toSorted());
      }
    });
  });

  it.each<[string, Pick<Mapping<TensorTree>, "save">, () => TensorTree, string]>([
    ["RMS norms", torchEncoderLayer(), () => encoderLayer({ ...block, norm: "rms" }).init(key(1)), "torchEncoderLayer: PyTorch's layers have layer norms"],
    [
      "SwiGLU",
      torchDecoderLayer(),
      () => decoderLayer({ ...block, activation: "swiglu" }).init(key(1)),
      "torchDecoderLayer: PyTorch's layers have two matrices",
    ],
    ["shared heads", torchMultiHead(), () => multiHead({ features: 8, heads: 2, keyValueHeads: 1 }).init(key(1)), "keyValue must have 16 rows, but has 8"],
  ])("%s are refused, and nothing leaks", (_, mapping, make, message) => {
    const params = make();
    expectNoLeak(() => expect(() => mapping.save(params)).toThrow(message));
    disposeTree(params);
  });

  it("biases in some projections only are refused", () => {
    tidy(() => {
      const params = multiHead({ features: 4, heads: 1, bias: false }).init(key(1));
      const some = { ...params, query: { ...params.query, bias: zeros([4]) } } as typeof params;
      expect(() => torchMultiHead().save(some)).toThrow("biases in all projections or in none");
    });
  });

  it.each([
    [
      "bias_k",
      (t: Map<string, Tensor>) => t.set("encoder.layers.0.self_attn.bias_k", zeros([1, 1, 8])),
      "encoder.layers.0.self_attn.bias_k belongs to no parameter",
    ],
    [
      "a missing layer",
      (t: Map<string, Tensor>) => [...t.keys()].filter((name) => name.startsWith("decoder.layers.0.")).forEach((name) => t.delete(name)),
      "decoder.layers.0.self_attn.in_proj_weight is missing",
    ],
    ["a missing norm's weight", (t: Map<string, Tensor>) => t.delete("decoder.norm.weight"), "decoder.norm.bias belongs to no parameter"],
    [
      "a missing bias",
      (t: Map<string, Tensor>) => t.delete("encoder.layers.1.self_attn.out_proj.bias"),
      "encoder.layers.1.self_attn.out_proj.bias [8] is missing",
    ],
    [
      "a misshapen matrix",
      (t: Map<string, Tensor>) => t.set("encoder.layers.1.linear2.weight", zeros([16, 8])),
      "encoder.layers.1.linear2.weight is [16,8], but must be [8,16]",
    ],
  ])("%s is named", (_, change, message) => {
    const { tensors } = readGolden("transformer-encoder-decoder");
    const copy = under(tensors, "param.");
    change(copy);
    expect(() => torchEncoderDecoder().load(copy)).toThrow(message);
  });

  it("a decoder stack comes back", () => {
    tidy(() => {
      const { tensors } = readGolden("transformer-encoder-decoder");
      const params = torchDecoder().load(tensors, "param.decoder.");
      expectSameTensors(torchDecoder().save(params), under(tensors, "param.decoder."));
    });
  });
});
