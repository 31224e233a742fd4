import { multiHead } from "@refrain/attention";
import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, type Tensor3D, tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { BLOCKS, plainFeedForward, plainNorm, type Rows, rowsOf, someInput, stirred, sumOf } from "./blocks.test-helper.ts";
import type { BlockConfig } from "./contract.ts";
import { encoderLayer, type EncoderLayerParams } from "./encoder-layer.ts";

type All = { readonly own: EncoderLayerParams; readonly x: Tensor };

/** The layer as the paper draws it, its norms and its feed-forward net number by number. */
function plainLayer(config: BlockConfig, params: EncoderLayerParams, x: Tensor3D, lengths?: readonly number[]): Rows {
  const attend = (rows: Rows) =>
    rowsOf(multiHead(config).apply(params.attention, { query: tensor(rows.flat(), x.shape) as Tensor3D, keyLengths: lengths }).output);
  const feed = (rows: Rows) => plainFeedForward(rows, params.feedForward, config.activation);
  const [first, second] = [params.attentionNorm, params.feedForwardNorm].map((norm) => (rows: Rows) => plainNorm(rows, norm, config.epsilon)) as [
    (rows: Rows) => Rows,
    (rows: Rows) => Rows,
  ];
  const start = rowsOf(x);
  if (config.order === "post") {
    const between = first(sumOf(start, attend(start)));
    return second(sumOf(between, feed(between)));
  }
  const between = sumOf(start, attend(first(start)));
  return sumOf(between, feed(second(between)));
}

describe.each(BACKENDS)("encoderLayer on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(BLOCKS)("is attention, then a feed-forward net, each with its residual and norm: %s", (_, config) => {
    const layer = encoderLayer(config),
      params = stirred(layer.init(key(1))),
      x = someInput(2, 4, 1);
    for (const lengths of [undefined, [4, 2]]) {
      const { x: y, keyValues } = layer.apply(params, { x, lengths });
      expect([y.shape, keyValues.shape]).toEqual([
        [2, 4, 4],
        [2, 4, (8 * (config.keyValueHeads ?? 2)) / 2],
      ]);
      expectClose(y.dataSync(), plainLayer(config, params, x, lengths).flat(), 3e-5);
    }
  });

  it.each(BLOCKS)("has true gradients by its parameters and its input: %s", (_, config) => {
    const layer = encoderLayer(config);
    // Numbers at which no relu lies within a step of its kink.
    const all: All = { own: stirred(layer.init(key(1))), x: someInput(2, 3, 2) };
    expectTrueGradients(({ own, x }: All) => layer.apply(own, { x: x as Tensor3D, lengths: [3, 1] }).x, all);
  });

  it("drops weights, insides and outputs while training only, with true gradients", () => {
    const config: BlockConfig = { ...(BLOCKS[1] as (typeof BLOCKS)[number])[1], dropout: 0.3 };
    const layer = encoderLayer(config),
      all: All = { own: stirred(layer.init(key(1))), x: someInput(1, 3, 2) };
    const outputs = (seed?: number) => [
      ...layer.apply(all.own, { x: all.x as Tensor3D }, seed === undefined ? "inference" : { training: key(seed) }).x.dataSync(),
    ];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual([
      ...encoderLayer({ ...config, dropout: 0 })
        .apply(all.own, { x: all.x as Tensor3D })
        .x.dataSync(),
    ]);
    expectTrueGradients(({ own, x }: All) => layer.apply(own, { x: x as Tensor3D }, { training: key(3) }).x, all);
  });

  it("hands back its weights where they are asked for", () => {
    const layer = encoderLayer({ features: 4, heads: 2 }),
      params = layer.init(key(1)),
      x = someInput(2, 3, 1);
    const { x: y, weights } = layer.apply(params, { x, weights: true });
    expect(weights?.shape).toEqual([2, 2, 3, 3]);
    expectClose(sum(weights as Tensor, -1).dataSync(), new Array(12).fill(1));
    const plain = layer.apply(params, { x });
    expect(plain.weights).toBeUndefined();
    expectClose(plain.x.dataSync(), y.dataSync());
  });

  it("lets a mask hide places", () => {
    const layer = encoderLayer({ features: 4, heads: 2 }),
      params = layer.init(key(1)),
      x = someInput(1, 3, 1);
    const mask = tensor([1, 0, 0, 1, 1, 0, 1, 1, 1], [3, 3]);
    expectClose(layer.apply(params, { x, mask }).x.dataSync(), encoderLayer({ features: 4, heads: 2, causal: true }).apply(params, { x }).x.dataSync());
  });

  it.each(BLOCKS)("leaks nothing: %s", (_, config) => {
    const layer = encoderLayer({ ...config, dropout: 0.1 }),
      params = layer.init(key(1)),
      x = someInput(2, 3, 1);
    for (const weights of [false, true]) expectNoLeak(() => tidy(() => void layer.apply(params, { x, weights })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: EncoderLayerParams) => sum(layer.apply(own, { x }, { training: key(1) }).x) as Scalar)(params)));
  });
});

describe("encoderLayer", () => {
  it.each(BLOCKS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const layer = encoderLayer(config);
        const all: All = { own: layer.init(key(1)), x: someInput(3, 5, 2) };
        const read = ({ own, x }: All) => layer.apply(own, { x: x as Tensor3D, lengths: [5, 0, 3] }).x;
        const { gradients } = valueAndGrad((all: All) => sum(read(all)) as Scalar)(all);
        return [read(all), ...named(gradients as never).values()];
      },
      1e-4,
    );
  });

  it.each(BLOCKS)("has a config that builds the same layer again: %s", async (_, config) => {
    await useBackend("simd");
    const layer = encoderLayer({ ...config, dropout: 0.2 });
    const again = encoderLayer(JSON.parse(JSON.stringify(layer.config)) as BlockConfig);
    const params = stirred(layer.init(key(1))),
      input = { x: someInput(2, 4, 1) };
    expect(again.apply(params, input, { training: key(2) }).x.dataSync()).toEqual(layer.apply(params, input, { training: key(2) }).x.dataSync());
    expect(again).toMatchObject({ kind: "encoder-layer", config: layer.config });
  });

  it.each<[Partial<BlockConfig>, string]>([
    [{ heads: 3 }, "3 heads do not divide 4"],
    [{ hidden: 0 }, "hidden must be a whole number of at least 1, but is 0"],
    [{ order: "both" as never }, 'the order must be "pre" or "post", but is "both"'],
    [{ norm: "batch" as never }, 'the norm must be "layer" or "rms", but is "batch"'],
    [{ dropout: 2 }, "the rate must be at least 0 and under 1, but is 2"],
    [{ window: 3 }, "needs causal: true"],
  ])("refuses %j", (wrong, message) => {
    expect(() => encoderLayer({ features: 4, heads: 2, ...wrong })).toThrow(message);
  });
});
