import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { concat, type Scalar, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { SLIM, someInput, stirred } from "./blocks.test-helper.ts";
import { decoder } from "./decoder.ts";
import type { DecoderCache } from "./decoder-layer.ts";
import { encoder } from "./encoder.ts";
import { encoderDecoder, type EncoderDecoderConfig, type EncoderDecoderParams } from "./encoder-decoder.ts";
import { places } from "./stacks.test-helper.ts";

type All = { readonly own: EncoderDecoderParams; readonly source: Tensor; readonly target: Tensor };

const CONFIG: EncoderDecoderConfig = { ...SLIM, encoderLayers: 2, decoderLayers: 1 };
const input = () => ({ source: someInput(2, 5, 1), target: someInput(2, 3, 2), sourceLengths: [5, 2] });

describe.each(BACKENDS)("encoderDecoder on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("is an encoder over the source, and a causal decoder that reads what it made of it", () => {
    const net = encoderDecoder(CONFIG),
      params = stirred(net.init(key(1))),
      { source, target, sourceLengths } = input();
    const found = net.apply(params, { source, target, sourceLengths, weights: true });
    const memory = encoder({ ...SLIM, layers: 2 }).apply(params.encoder, { x: source, lengths: sourceLengths }).x;
    const written = decoder({ ...SLIM, layers: 1 }).apply(params.decoder, { x: target, memory, memoryLengths: sourceLengths, weights: true });
    expectClose(found.memory.dataSync(), memory.dataSync());
    expectClose(found.x.dataSync(), written.x.dataSync());
    expectClose((found.weights[0] as Tensor).dataSync(), (written.weights[0] as Tensor).dataSync());
    expect(net.apply(params, { source, target }).weights).toEqual([]);
  });

  it("writes step by step, by its two parts, what it writes at once", () => {
    tidy(() => {
      const net = encoderDecoder({ ...CONFIG, positions: "rotary" }),
        params = stirred(net.init(key(1))),
        { source, target, sourceLengths } = input();
      const block = { ...SLIM, positions: "rotary" } as const;
      const memory = encoder({ ...block, layers: 2 }).apply(params.encoder, { x: source, lengths: sourceLengths }).x;
      const writer = decoder({ ...block, layers: 1 });
      let past: readonly DecoderCache[] | undefined;
      const outputs = [0, 1, 2].map((at) => {
        const next = writer.apply(params.decoder, { x: places(target, at, 1), memory, memoryLengths: sourceLengths, past });
        past = next.cache;
        return next.x;
      });
      expectClose(concat(outputs, 1).dataSync(), net.apply(params, { source, target, sourceLengths }).x.dataSync(), 2e-5);
    });
  });

  it("never looks at the source's padding", () => {
    const net = encoderDecoder(CONFIG),
      params = stirred(net.init(key(1))),
      { source, target } = input();
    const changed = concat([places(source, 0, 2), someInput(2, 3, 9)], 1) as Tensor3D;
    const outputs = (source: Tensor3D) => net.apply(params, { source, target, sourceLengths: [2, 0] }).x.dataSync();
    expectClose(outputs(changed), outputs(source), 1e-6);
  });

  it("has true gradients by its parameters, the source and the target", () => {
    const net = encoderDecoder({ ...CONFIG, encoderLayers: 1 });
    const all: All = { own: stirred(net.init(key(1))), source: someInput(1, 3, 2), target: someInput(1, 2, 3) };
    expectTrueGradients(
      ({ own, source, target }: All) => net.apply(own, { source: source as Tensor3D, target: target as Tensor3D, sourceLengths: [2] }).x,
      all,
    );
  }, 30_000);

  it("leaks nothing", () => {
    const net = encoderDecoder({ ...CONFIG, dropout: 0.1 }),
      params = net.init(key(1)),
      given = input();
    expectNoLeak(() => tidy(() => void net.apply(params, { ...given, weights: true })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: EncoderDecoderParams) => sum(net.apply(own, given, { training: key(1) }).x) as Scalar)(params)));
  });
});

describe("encoderDecoder", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const net = encoderDecoder(CONFIG);
        const all: All = { own: net.init(key(1)), ...input() };
        const read = ({ own, source, target }: All) => net.apply(own, { source: source as Tensor3D, target: target as Tensor3D, sourceLengths: [5, 2] }).x;
        const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)({ own: all.own, source: all.source, target: all.target });
        return [read(all), ...named(gradients as never).values()];
      },
      1e-4,
    );
  });

  it("has a config that builds the same layer again", async () => {
    await useBackend("simd");
    for (const config of [CONFIG, { ...CONFIG, order: "post", finalNorm: true, dropout: 0.2 } as const]) {
      const net = encoderDecoder(config);
      const again = encoderDecoder(JSON.parse(JSON.stringify(net.config)) as EncoderDecoderConfig);
      const params = net.init(key(1));
      expect(again.apply(params, input(), { training: key(2) }).x.dataSync()).toEqual(net.apply(params, input(), { training: key(2) }).x.dataSync());
      expect(again).toMatchObject({ kind: "encoder-decoder", config: net.config });
    }
  });

  it("refuses stacks of no layers", () => {
    expect(() => encoderDecoder({ ...CONFIG, encoderLayers: 0 })).toThrow("encoder: there must be a whole number of at least 1 layer, but there are 0.");
    expect(() => encoderDecoder({ ...CONFIG, decoderLayers: 0 })).toThrow("decoder: there must be a whole number of at least 1 layer, but there are 0.");
  });
});
