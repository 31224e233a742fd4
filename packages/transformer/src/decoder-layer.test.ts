import { multiHead } from "@refrain/attention";
import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { BLOCKS, plainFeedForward, plainNorm, type Rows, rowsOf, SLIM, someInput, stirred, sumOf } from "./blocks.test-helper.ts";
import type { BlockConfig } from "./contract.ts";
import { decoderLayer, type DecoderLayerParams } from "./decoder-layer.ts";

type All = { readonly own: DecoderLayerParams; readonly x: Tensor; readonly memory: Tensor };

const LENGTHS = { lengths: [3, 1], memoryLengths: [2, 0] };

/** The layer as the paper draws it, its norms and its feed-forward net number by number. */
function plainLayer(config: BlockConfig, params: DecoderLayerParams, x: Tensor3D, memory: Tensor3D): Rows {
  const queryOf = (rows: Rows) => tensor(rows.flat(), x.shape) as Tensor3D;
  const own = multiHead({ ...config, causal: config.causal ?? true });
  const cross = multiHead({ ...config, causal: false, window: 0, positions: "none" });
  const parts = [
    (rows: Rows) => rowsOf(own.apply(params.attention, { query: queryOf(rows), keyLengths: LENGTHS.lengths }).output),
    (rows: Rows) => rowsOf(cross.apply(params.cross, { query: queryOf(rows), memory, keyLengths: LENGTHS.memoryLengths }).output),
    (rows: Rows) => plainFeedForward(rows, params.feedForward, config.activation),
  ];
  const norms = [params.attentionNorm, params.crossNorm, params.feedForwardNorm].map((norm) => (rows: Rows) => plainNorm(rows, norm, config.epsilon));
  return parts.reduce((rows, part, i) => {
    const norm = norms[i] as (rows: Rows) => Rows;
    return config.order === "post" ? norm(sumOf(rows, part(rows))) : sumOf(rows, part(norm(rows)));
  }, rowsOf(x));
}

describe.each(BACKENDS)("decoderLayer on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(BLOCKS)("is self-attention, attention to the memory, then a feed-forward net: %s", (_, config) => {
    const layer = decoderLayer(config),
      params = stirred(layer.init(key(1))),
      x = someInput(2, 3, 1),
      memory = someInput(2, 5, 2);
    const found = layer.apply(params, { x, memory, ...LENGTHS });
    expect(found.x.shape).toEqual([2, 3, 4]);
    expectClose(found.x.dataSync(), plainLayer(config, params, x, memory).flat(), 3e-5);
    expect([found.cache.self.shape[1], found.cache.cross.shape[1]]).toEqual([3, 5]);
  });

  it.each([...BLOCKS.slice(1, 2), ["slim", SLIM] as const])(
    "has true gradients by its parameters, its input and the memory: %s",
    (_, config) => {
      const layer = decoderLayer(config);
      const all: All = { own: stirred(layer.init(key(1))), x: someInput(2, 3, 2), memory: someInput(2, 2, 3) };
      expectTrueGradients(({ own, x, memory }: All) => layer.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, ...LENGTHS }).x, all);
    },
    20_000,
  );

  it("is causal unless told otherwise, also where the choice is left open", () => {
    const params = decoderLayer(SLIM).init(key(1)),
      memory = someInput(1, 2, 3);
    const first = (config: BlockConfig, seed: number) => {
      const x = tensor([...someInput(1, 1, 5).dataSync(), ...someInput(1, 1, seed).dataSync()], [1, 2, 4]) as Tensor3D;
      return [...decoderLayer(config).apply(params, { x, memory }).x.dataSync().slice(0, 4)];
    };
    for (const config of [SLIM, { ...SLIM, causal: undefined }]) expect(first(config, 7)).toEqual(first(config, 8));
    expect(first({ ...SLIM, causal: false }, 7)).not.toEqual(first({ ...SLIM, causal: false }, 8));
  });

  it("hands back its weights over the memory where they are asked for", () => {
    const layer = decoderLayer(SLIM),
      params = layer.init(key(1));
    const input = { x: someInput(2, 3, 1), memory: someInput(2, 5, 2), memoryLengths: [5, 2] };
    const { x, weights } = layer.apply(params, { ...input, weights: true });
    expect(weights?.shape).toEqual([2, 2, 3, 5]);
    expectClose(sum(weights as Tensor, -1).dataSync(), new Array(12).fill(1));
    expect([...(weights as Tensor).dataSync().slice(32, 35)]).toEqual([0, 0, 0]);
    expectClose(layer.apply(params, input).x.dataSync(), x.dataSync());
    expect(layer.apply(params, input).weights).toBeUndefined();
  });

  it("drops while training only, by its key", () => {
    const layer = decoderLayer({ ...SLIM, dropout: 0.3 }),
      params = layer.init(key(1));
    const outputs = (seed?: number) => [
      ...layer.apply(params, { x: someInput(2, 3, 1), memory: someInput(2, 5, 2) }, seed === undefined ? "inference" : { training: key(seed) }).x.dataSync(),
    ];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual(outputs());
    expect(outputs()).not.toEqual(outputs(1));
  });

  it.each(BLOCKS)("leaks nothing: %s", (_, config) => {
    const layer = decoderLayer({ ...config, dropout: 0.1 }),
      params = layer.init(key(1)),
      input = { x: someInput(2, 3, 1), memory: someInput(2, 4, 2) };
    for (const weights of [false, true]) expectNoLeak(() => tidy(() => void layer.apply(params, { ...input, weights })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: DecoderLayerParams) => sum(layer.apply(own, input, { training: key(1) }).x) as Scalar)(params)));
  });
});

describe("decoderLayer", () => {
  it.each(BLOCKS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const layer = decoderLayer(config);
        const all: All = { own: layer.init(key(1)), x: someInput(2, 4, 2), memory: someInput(2, 6, 3) };
        const read = ({ own, x, memory }: All) => layer.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, ...LENGTHS }).x;
        const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)(all);
        return [read(all), ...named(gradients as never).values()];
      },
      1e-4,
    );
  });

  it.each(BLOCKS)("has a config that builds the same layer again: %s", async (_, config) => {
    await useBackend("simd");
    const layer = decoderLayer({ ...config, dropout: 0.2 });
    const again = decoderLayer(JSON.parse(JSON.stringify(layer.config)) as BlockConfig);
    const params = stirred(layer.init(key(1))),
      input = { x: someInput(2, 4, 1), memory: someInput(2, 3, 2) };
    expect(again.apply(params, input, { training: key(2) }).x.dataSync()).toEqual(layer.apply(params, input, { training: key(2) }).x.dataSync());
    expect(again).toMatchObject({ kind: "decoder-layer", config: layer.config });
  });

  it("refuses sizes that do not fit", async () => {
    await useBackend("simd");
    expect(() => decoderLayer({ features: 4, heads: 3 })).toThrow("3 heads do not divide 4");
    const layer = decoderLayer(SLIM);
    expect(() => layer.apply(layer.init(key(1)), { x: someInput(2, 3, 1), memory: someInput(1, 3, 1) })).toThrow("needs keys of its own");
  });
});
