import { key, named, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { plainFeedForward, rowsOf, stirred } from "./blocks.test-helper.ts";
import { feedForward, type FeedForwardConfig, type FeedForwardParams } from "./feed-forward.ts";

const ACTIVATIONS = ["relu", "gelu", "gelu-tanh", "swiglu"] as const;
const NETS = ACTIVATIONS.flatMap((activation) => [true, false].map((bias) => ({ features: 3, hidden: 5, activation, bias })));

type All = { readonly own: FeedForwardParams; readonly x: Tensor };

describe.each(BACKENDS)("feedForward on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(NETS)("is its formula, place by place, and has true gradients: $activation, bias: $bias", (config) => {
    const layer = feedForward(config);
    // Numbers at which no relu lies within a step of its kink.
    const all: All = { own: stirred(layer.init(key(1))), x: some([2, 2, 3], 6) };
    const y = layer.apply(all.own, all.x);
    expect(y.shape).toEqual([2, 2, 3]);
    expectClose(y.dataSync(), plainFeedForward(rowsOf(all.x), all.own, config.activation).flat());
    expectTrueGradients(({ own, x }: All) => layer.apply(own, x), all);
  });

  it("is relu with biases unless told otherwise", () => {
    const layer = feedForward({ features: 3, hidden: 5 });
    const params = stirred(layer.init(key(1))),
      x = some([4, 3], 2);
    expectClose(layer.apply(params, x).dataSync(), plainFeedForward(rowsOf(x), params, "relu").flat());
    expect([...named(params as never).keys()]).toEqual(["up.weight", "up.bias", "down.weight", "down.bias"]);
  });

  it("drops what is inside while training only, by its key", () => {
    const config: FeedForwardConfig = { features: 3, hidden: 8, dropout: 0.5 };
    const layer = feedForward(config),
      all: All = { own: stirred(layer.init(key(1))), x: some([2, 3], 2) };
    const outputs = (seed?: number) => [...layer.apply(all.own, all.x, seed === undefined ? "inference" : { training: key(seed) }).dataSync()];
    expect(outputs(1)).toEqual(outputs(1));
    expect(outputs(1)).not.toEqual(outputs(2));
    expect(outputs()).toEqual([
      ...feedForward({ ...config, dropout: 0 })
        .apply(all.own, all.x)
        .dataSync(),
    ]);
    expectTrueGradients(({ own, x }: All) => layer.apply(own, x, { training: key(3) }), all);
  });

  it.each(NETS)("leaks nothing: $activation, bias: $bias", (config) => {
    const layer = feedForward(config),
      params = layer.init(key(1)),
      x = some([2, 3], 2);
    expectNoLeak(() => tidy(() => void layer.apply(params, x)));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: FeedForwardParams) => sum(layer.apply(own, x)) as Scalar)(params)));
  });
});

describe("feedForward", () => {
  it.each(NETS)("gives the same numbers and gradients on simd and on cpu: $activation, bias: $bias", async (config) => {
    await expectSameOnBoth(useBackend, () => {
      const layer = feedForward(config);
      const all: All = { own: layer.init(key(1)), x: some([4, 3], 2, 3) };
      const { gradients } = valueAndGrad(({ own, x }: All) => sum(layer.apply(own, x)) as Scalar)(all);
      return [layer.apply(all.own, all.x), ...named(gradients as never).values()];
    });
  });

  it.each(NETS)("has a config that builds the same layer again: $activation, bias: $bias", async (config) => {
    await useBackend("simd");
    const layer = feedForward({ ...config, dropout: 0.25 });
    const again = feedForward(JSON.parse(JSON.stringify(layer.config)) as FeedForwardConfig);
    const params = layer.init(key(1)),
      x = some([2, 3], 1);
    expect(again.apply(params, x, { training: key(2) }).dataSync()).toEqual(layer.apply(params, x, { training: key(2) }).dataSync());
    expect(again).toMatchObject({ kind: "feed-forward", config: { ...config, dropout: 0.25 } });
  });

  it.each<[Partial<FeedForwardConfig>, string]>([
    [{ features: 0 }, "feedForward: features must be a whole number of at least 1, but is 0."],
    [{ hidden: 2.5 }, "feedForward: hidden must be a whole number of at least 1, but is 2.5."],
    [{ activation: "sin" as never }, 'feedForward: the activation must be relu, gelu, gelu-tanh or swiglu, but is "sin".'],
    [{ activation: "toString" as never }, 'but is "toString".'],
    [{ dropout: -1 }, "the rate must be at least 0 and under 1, but is -1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => feedForward({ features: 3, hidden: 5, ...wrong })).toThrow(message);
  });
});
