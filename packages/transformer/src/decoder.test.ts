import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { concat, type Scalar, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { plainNorm, rowsOf, SLIM, someInput, stirred } from "./blocks.test-helper.ts";
import { decoder, type DecoderParams } from "./decoder.ts";
import { type DecoderCache, decoderLayer } from "./decoder-layer.ts";
import type { EncoderConfig } from "./encoder.ts";
import type { NormParams } from "./norm.ts";
import { causalBlocks, parts, places } from "./stacks.test-helper.ts";

type All = { readonly own: DecoderParams; readonly x: Tensor; readonly memory: Tensor };

describe.each(BACKENDS)("decoder on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is its layers one after the other over one memory, and a last norm", () => {
    const net = decoder({ ...SLIM, layers: 2 }),
      params = stirred(net.init(key(1)));
    const input = { memory: someInput(2, 5, 2), memoryLengths: [5, 2], weights: true };
    const found = net.apply(params, { ...input, x: someInput(2, 3, 1) });
    let expected = someInput(2, 3, 1);
    params.layers.forEach((own, i) => {
      const next = decoderLayer(SLIM).apply(own, { ...input, x: expected });
      expected = next.x;
      expectClose((found.weights[i] as Tensor).dataSync(), (next.weights as Tensor).dataSync());
    });
    expectClose(found.x.dataSync(), plainNorm(rowsOf(expected), params.norm as NormParams).flat());
    expect(net.apply(params, { ...input, x: someInput(2, 3, 1), weights: false }).weights).toEqual([]);
  });

  it("has true gradients through all of its layers", () => {
    const net = decoder({ ...SLIM, layers: 2 });
    const all: All = { own: stirred(net.init(key(1))), x: someInput(1, 2, 2), memory: someInput(1, 3, 3) };
    expectTrueGradients(({ own, x, memory }: All) => net.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, memoryLengths: [2] }).x, all);
  }, 30_000);

  it("writes part by part, with its cache, what it writes at once", () => {
    fc.assert(
      fc.property(causalBlocks, parts, fc.nat(99), (block, counts, seed) =>
        tidy(() => {
          const net = decoder({ ...block, layers: 2 }),
            params = stirred(net.init(key(seed)));
          const time = counts.reduce((a, b) => a + b, 0);
          const x = someInput(2, time, seed),
            source = { memory: someInput(2, 3, seed + 1), memoryLengths: [3, 1] };
          let past: readonly DecoderCache[] | undefined;
          let first = 0;
          const outputs = counts.map((count) => {
            const next = net.apply(params, { ...source, x: places(x, first, count), past });
            [past, first] = [next.cache, first + count];
            return next.x;
          });
          expectClose(concat(outputs, 1).dataSync(), net.apply(params, { ...source, x }).x.dataSync(), 2e-5);
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("never lets later inputs change earlier outputs, nor the memory's padding any", () => {
    fc.assert(
      fc.property(causalBlocks, fc.integer({ min: 1, max: 3 }), fc.nat(99), (block, kept, seed) =>
        tidy(() => {
          const net = decoder({ ...block, layers: 2 }),
            params = stirred(net.init(key(seed)));
          const changed = (x: Tensor3D, by: number) => concat([places(x, 0, kept), someInput(1, 4 - kept, by)], 1) as Tensor3D;
          const [x, memory] = [someInput(1, 4, seed), someInput(1, 4, seed + 1)] as const;
          const early = (x: Tensor3D, memory: Tensor3D) => places(net.apply(params, { x, memory, memoryLengths: [kept] }).x, 0, kept).dataSync();
          expectClose(early(changed(x, seed + 2), changed(memory, seed + 3)), early(x, memory), 1e-6);
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("leaks nothing", () => {
    const net = decoder({ ...SLIM, layers: 2, dropout: 0.1 }),
      params = net.init(key(1)),
      input = { x: someInput(2, 3, 1), memory: someInput(2, 4, 2) };
    for (const weights of [false, true]) expectNoLeak(() => tidy(() => void net.apply(params, { ...input, weights })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: DecoderParams) => sum(net.apply(own, input, { training: key(1) }).x) as Scalar)(params)));
  });
});

describe("decoder", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const net = decoder({ ...SLIM, layers: 2 });
        const all: All = { own: net.init(key(1)), x: someInput(2, 4, 2), memory: someInput(2, 5, 3) };
        const read = ({ own, x, memory }: All) => net.apply(own, { x: x as Tensor3D, memory: memory as Tensor3D, memoryLengths: [5, 0] }).x;
        const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)(all);
        return [read(all), ...named(gradients as never).values()];
      },
      1e-4,
    );
  });

  it("has a config that builds the same layer again", async () => {
    await useBackend("simd");
    for (const config of [
      { ...SLIM, layers: 2 },
      { ...SLIM, layers: 1, order: "post", causal: false, dropout: 0.2 },
    ] as const) {
      const net = decoder(config);
      const again = decoder(JSON.parse(JSON.stringify(net.config)) as EncoderConfig);
      const params = net.init(key(1)),
        input = { x: someInput(2, 4, 1), memory: someInput(2, 3, 2) };
      expect(again.apply(params, input, { training: key(2) }).x.dataSync()).toEqual(net.apply(params, input, { training: key(2) }).x.dataSync());
      expect(again).toMatchObject({ kind: "decoder", config: net.config });
    }
  });

  it("refuses no layers, and a past of other layers", async () => {
    await useBackend("simd");
    expect(() => decoder({ ...SLIM, layers: 0 })).toThrow("decoder: there must be a whole number of at least 1 layer, but there are 0.");
    const net = decoder({ ...SLIM, layers: 2 }),
      params = net.init(key(1)),
      input = { x: someInput(1, 1, 1), memory: someInput(1, 2, 2) };
    const { cache } = net.apply(params, input);
    expect(() => net.apply(params, { ...input, past: [...cache, ...cache] })).toThrow(
      "decoder: the past must have one part for each of the 2 layers, but has 4.",
    );
  });
});
