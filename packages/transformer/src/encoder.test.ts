import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { concat, type Scalar, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { plainNorm, rowsOf, SLIM, someInput, stirred } from "./blocks.test-helper.ts";
import { encoder, type EncoderConfig, type EncoderParams } from "./encoder.ts";
import { encoderLayer } from "./encoder-layer.ts";
import type { NormParams } from "./norm.ts";
import { causalBlocks, parts, places } from "./stacks.test-helper.ts";

type All = { readonly own: EncoderParams; readonly x: Tensor };

describe.each(BACKENDS)("encoder on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is its layers one after the other, and a last norm", () => {
    for (const finalNorm of [true, false]) {
      const net = encoder({ ...SLIM, layers: 3, finalNorm }),
        params = stirred(net.init(key(1))),
        x = someInput(2, 4, 1);
      const found = net.apply(params, { x, lengths: [4, 2], weights: true });
      const layer = encoderLayer(SLIM);
      let expected = x;
      params.layers.forEach((own, i) => {
        const next = layer.apply(own, { x: expected, lengths: [4, 2], weights: true });
        expected = next.x;
        expectClose((found.keyValues[i] as Tensor).dataSync(), next.keyValues.dataSync());
        expectClose((found.weights[i] as Tensor).dataSync(), (next.weights as Tensor).dataSync());
      });
      const rows = finalNorm ? plainNorm(rowsOf(expected), params.norm as NormParams) : rowsOf(expected);
      expectClose(found.x.dataSync(), rows.flat());
      expect(net.apply(params, { x }).weights).toEqual([]);
    }
  });

  it("has true gradients through all of its layers", () => {
    const net = encoder({ ...SLIM, layers: 2 });
    const all: All = { own: stirred(net.init(key(1))), x: someInput(1, 3, 2) };
    expectTrueGradients(({ own, x }: All) => net.apply(own, { x: x as Tensor3D, lengths: [2] }).x, all);
  }, 20_000);

  it("reads part by part, with the keys and values of the past, what it reads at once", () => {
    fc.assert(
      fc.property(causalBlocks, parts, fc.nat(99), (block, counts, seed) =>
        tidy(() => {
          const net = encoder({ ...block, layers: 2 }),
            params = stirred(net.init(key(seed)));
          const time = counts.reduce((a, b) => a + b, 0);
          const x = someInput(2, time, seed);
          let past: readonly Tensor3D[] | undefined;
          let first = 0;
          const outputs = counts.map((count) => {
            const next = net.apply(params, { x: places(x, first, count), past });
            [past, first] = [next.keyValues, first + count];
            return next.x;
          });
          expectClose(concat(outputs, 1).dataSync(), net.apply(params, { x }).x.dataSync(), 2e-5);
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("never lets later inputs change earlier outputs where it is causal, nor padding any", () => {
    fc.assert(
      fc.property(causalBlocks, fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.nat(99), (block, kept, causal, seed) =>
        tidy(() => {
          const net = encoder({ ...block, causal, window: causal ? block.window : undefined, layers: 2 }),
            params = stirred(net.init(key(seed)));
          const x = someInput(1, 5, seed);
          const changed = concat([places(x, 0, kept), someInput(1, 5 - kept, seed + 1)], 1) as Tensor3D;
          const early = (input: Tensor3D) => places(net.apply(params, { x: input, ...(!causal && { lengths: [kept] }) }).x, 0, kept).dataSync();
          expectClose(early(changed), early(x), 1e-6);
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("drops other places in each layer, by the key", () => {
    const net = encoder({ ...SLIM, layers: 2, dropout: 0.4 }),
      params = net.init(key(1)),
      x = someInput(2, 3, 1);
    const outputs = (seed?: number) => [...net.apply(params, { x }, seed === undefined ? "inference" : { training: key(seed) }).x.dataSync()];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual([
      ...encoder({ ...SLIM, layers: 2 })
        .apply(params, { x })
        .x.dataSync(),
    ]);
  });

  it("leaks nothing", () => {
    const net = encoder({ ...SLIM, layers: 2, dropout: 0.1 }),
      params = net.init(key(1)),
      x = someInput(2, 3, 1);
    for (const weights of [false, true]) expectNoLeak(() => tidy(() => void net.apply(params, { x, weights })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: EncoderParams) => sum(net.apply(own, { x }, { training: key(1) }).x) as Scalar)(params)));
  });
});

describe("encoder", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const net = encoder({ ...SLIM, layers: 2 });
        const all: All = { own: net.init(key(1)), x: someInput(3, 5, 2) };
        const read = ({ own, x }: All) => net.apply(own, { x: x as Tensor3D, lengths: [5, 1, 3] }).x;
        const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)(all);
        return [read(all), ...named(gradients as never).values()];
      },
      1e-4,
    );
  });

  it("has a last norm where its norms stand before each part, unless told otherwise", async () => {
    await useBackend("simd");
    const has = (config: Partial<EncoderConfig>) => encoder({ ...SLIM, layers: 1, ...config }).init(key(1)).norm !== undefined;
    expect([has({}), has({ order: "post" }), has({ finalNorm: false }), has({ order: "post", finalNorm: true })]).toEqual([true, false, false, true]);
  });

  it("has a config that builds the same layer again, and layers that start from numbers of their own", async () => {
    await useBackend("simd");
    for (const config of [
      { ...SLIM, layers: 2 },
      { ...SLIM, layers: 1, order: "post", finalNorm: true, causal: true, window: 2, dropout: 0.2 },
    ] as const) {
      const net = encoder(config);
      const again = encoder(JSON.parse(JSON.stringify(net.config)) as EncoderConfig);
      const params = net.init(key(1)),
        x = someInput(2, 4, 1);
      expect(again.apply(params, { x }, { training: key(2) }).x.dataSync()).toEqual(net.apply(params, { x }, { training: key(2) }).x.dataSync());
      expect(again).toMatchObject({ kind: "encoder", config: net.config });
    }
    const [a, b] = encoder({ ...SLIM, layers: 2 }).init(key(1)).layers;
    expect(a?.attention.query.weight.dataSync()).not.toEqual(b?.attention.query.weight.dataSync());
  });

  it("refuses no layers, and a past of other layers", async () => {
    await useBackend("simd");
    for (const layers of [0, 1.5])
      expect(() => encoder({ ...SLIM, layers })).toThrow(`encoder: there must be a whole number of at least 1 layer, but there are ${layers}.`);
    const net = encoder({ ...SLIM, causal: true, layers: 2 }),
      params = net.init(key(1)),
      x = someInput(1, 2, 1);
    const { keyValues } = net.apply(params, { x });
    expect(() => net.apply(params, { x, past: keyValues.slice(1) })).toThrow("encoder: the past must have one part for each of the 2 layers, but has 1.");
  });
});
