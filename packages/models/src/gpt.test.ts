import { key, leaves, leavesWithPaths, isTensor, mapTree, named, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { add, concat, type Scalar, slice, sum, type Tensor, tensor2d, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { gpt, type GptConfig, type GptParams, type GptState } from "./gpt.ts";

const TINY: GptConfig = { vocabulary: 7, context: 6, features: 4, heads: 2, layers: 2, hidden: 3 };

/** All kinds of places, tied and untied, and a net as Llama's. */
const MODELS: readonly (readonly [string, GptConfig])[] = [
  ...(["learned", "sinusoidal", "rotary", "alibi"] as const).flatMap((positions) =>
    [true, false].map((tied) => [`${positions} positions, ${tied ? "tied" : "untied"}`, { ...TINY, positions, tied }] as const),
  ),
  ["swiglu, rms norms, one key/value head, no biases", { ...TINY, keyValueHeads: 1, activation: "swiglu", norm: "rms", bias: false, positions: "rotary" }],
];

const tokensOf = (rows: number, time: number, seed: number, vocabulary = TINY.vocabulary): Tensor2D =>
  tensor2d(
    Array.from(some([rows * time], seed).dataSync(), (x) => Math.floor(Math.abs(x) * 1000) % vocabulary),
    [rows, time],
    "int32",
  );

/** Parameters large enough for every part to count. */
function stirred(config: GptConfig, seed = 1): GptParams {
  let place = 0;
  return mapTree(gpt(config).init(key(seed)), (leaf) => add(leaf, some(leaf.shape, seed * 1000 + place++, 0.4)));
}

describe.each(BACKENDS)("gpt on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(MODELS)("gives logits, what they are made of, and the state after: %s", (_, config) => {
    const model = gpt(config),
      params = stirred(config);
    const { logits, hidden, state } = model.apply(params, { tokens: tokensOf(2, 5, 1) });
    expect([logits.shape, hidden.shape]).toEqual([
      [2, 5, 7],
      [2, 5, 4],
    ]);
    expect(state.map(({ shape }) => shape)).toEqual(new Array(2).fill([2, 5, 4 * (config.keyValueHeads ?? 2)]));
    const { weight, bias } = params.head ?? { ...params.embedding, bias: undefined };
    const expected = (hidden.arraySync() as number[][][]).flatMap((rows) =>
      rows.flatMap((row) =>
        (weight.arraySync() as number[][]).map((weights, token) =>
          weights.reduce((total, w, i) => total + w * (row[i] as number), bias?.dataSync()[token] ?? 0),
        ),
      ),
    );
    expectClose(logits.dataSync(), expected);
  });

  it.each(MODELS)("reads part by part, with the state of what was read, what it reads at once: %s", (_, config) => {
    const model = gpt(config),
      params = stirred(config);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(99), (first, seed) =>
        tidy(() => {
          const tokens = tokensOf(2, 6, seed);
          const whole = model.apply(params, { tokens });
          const before = model.apply(params, { tokens: slice(tokens, [0, 0], [2, first]) });
          let state: GptState = before.state;
          const rest = Array.from({ length: 6 - first }, (_, i) => {
            const next = model.apply(params, { tokens: slice(tokens, [0, first + i], [2, 1]), state });
            state = next.state;
            return next.logits;
          });
          expectClose(concat<Tensor3D>([before.logits, ...rest], 1).dataSync(), whole.logits.dataSync(), 3e-5);
          state.forEach((layer, i) => expectClose(layer.dataSync(), (whole.state[i] as Tensor).dataSync(), 3e-5));
        }),
      ),
      { numRuns: 5 },
    );
  });

  it.each(MODELS)("never lets a later token change an earlier place: %s", (_, config) => {
    const model = gpt(config),
      params = stirred(config);
    const [a, b] = [tokensOf(1, 3, 1), tokensOf(1, 3, 2)];
    const early = (later: Tensor2D) =>
      model
        .apply(params, { tokens: concat([a, later], 1) })
        .logits.dataSync()
        .slice(0, 3 * 7);
    expectClose(early(b), early(tokensOf(1, 3, 3)), 1e-6);
  });

  it("tells places apart, however it does", () => {
    for (const [, config] of MODELS) {
      const model = gpt(config),
        params = stirred(config);
      const last = (tokens: number[]) => [...model.apply(params, { tokens: tensor2d([tokens], [1, 4], "int32") }).logits.dataSync()].slice(-7);
      const [one, other] = [last([1, 2, 3, 0]), last([3, 2, 1, 0])];
      expect(Math.max(...one.map((logit, i) => Math.abs(logit - (other[i] as number))))).toBeGreaterThan(1e-3);
    }
  });

  it.each(MODELS.filter(([, { positions, tied }]) => positions === "rotary" || tied))(
    "has true gradients by all of its parameters: %s",
    (_, config) => {
      const one = { ...config, vocabulary: 5, layers: 1 };
      const model = gpt(one),
        tokens = tokensOf(1, 4, 3, 5);
      expectTrueGradients((params: GptParams) => model.apply(params, { tokens }).logits, stirred(one), 5e-3);
    },
    30_000,
  );

  it("drops while training only, by its key", () => {
    const model = gpt({ ...TINY, dropout: 0.3 }),
      params = stirred(TINY),
      tokens = tokensOf(2, 5, 1);
    const logits = (seed?: number) => [...model.apply(params, { tokens }, seed === undefined ? "inference" : { training: key(seed) }).logits.dataSync()];
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    expect(logits()).toEqual([...gpt(TINY).apply(params, { tokens }).logits.dataSync()]);
  });

  it.each(MODELS)("leaks nothing: %s", (_, config) => {
    const model = gpt({ ...config, dropout: 0.1 }),
      params = model.init(key(1)),
      tokens = tokensOf(2, 5, 1);
    expectNoLeak(() => tidy(() => void model.apply(params, { tokens })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: GptParams) => sum(model.apply(own, { tokens }, { training: key(1) }).logits) as Scalar)(params)));
    expectNoLeak(() => leaves(model.init(key(2))).forEach((leaf) => leaf.dispose()));
  });
});

describe("gpt", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each([true, false])("starts as unsure as one can be: its loss is about log(vocabulary), tied: %s", (tied) => {
    const config: GptConfig = { vocabulary: 65, context: 32, features: 64, heads: 4, layers: 3, tied };
    const model = gpt(config);
    const { logits } = model.apply(model.init(key(1)), { tokens: tokensOf(8, 32, 1, 65) });
    expect(Math.abs((crossEntropy(logits, tokensOf(8, 32, 2, 65)).dataSync()[0] as number) - Math.log(65))).toBeLessThan(0.05);
  });

  it("starts as GPT-2: weights of deviation 0.02, smaller where they write to the stream, biases 0, norms 1", () => {
    const model = gpt({ vocabulary: 50, context: 40, features: 32, heads: 4, layers: 8, tied: false });
    for (const [path, leaf] of leavesWithPaths(model.init(key(1)), isTensor)) {
      const values = [...leaf.dataSync()];
      const deviation = Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length);
      if (leaf.rank === 1) expect([path, ...values]).toEqual([path, ...values.map(() => (path.endsWith("weight") ? 1 : 0))]);
      else {
        const expected = path.endsWith("output.weight") || path.endsWith("down.weight") ? 0.02 / Math.sqrt(16) : 0.02;
        expect(Math.abs(deviation / expected - 1), `${path} ${deviation}`).toBeLessThan(0.1);
      }
    }
  });

  it.each(MODELS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = gpt(config),
          params = model.init(key(1)),
          tokens = tokensOf(3, 6, 1);
        const loss = (own: GptParams) => crossEntropy(model.apply(own, { tokens }).logits, tokensOf(3, 6, 2));
        const { value, gradients } = valueAndGrad(loss)(params);
        return [value, model.apply(params, { tokens }).logits, ...named(gradients as never).values()];
      },
      1e-4,
    );
    await useBackend("simd");
  });

  it.each(MODELS)("has a config that builds the same model again: %s", (_, config) => {
    const model = gpt({ ...config, dropout: 0.1 });
    const again = gpt(JSON.parse(JSON.stringify(model.config)) as GptConfig);
    const params = stirred(config),
      tokens = tokensOf(2, 5, 1);
    expect(again.apply(params, { tokens }, { training: key(1) }).logits.dataSync()).toEqual(
      model.apply(params, { tokens }, { training: key(1) }).logits.dataSync(),
    );
    expect(again).toMatchObject({ kind: "gpt", config: model.config });
    expect([...named(again.init(key(3)) as never).keys()]).toEqual([...named(model.init(key(3)) as never).keys()]);
  });

  it("has an output layer of its own only where it is not tied, and a table of places only where they are learned", () => {
    const parts = (config: Partial<GptConfig>) => Object.keys(gpt({ ...TINY, ...config }).init(key(1)));
    expect(parts({})).toEqual(["embedding", "positions", "blocks"]);
    expect(parts({ tied: false, positions: "alibi" })).toEqual(["embedding", "blocks", "head"]);
  });

  it.each<[Partial<GptConfig>, string]>([
    [{ vocabulary: 0 }, "gpt: vocabulary must be a whole number of at least 1, but is 0."],
    [{ context: 1.5 }, "gpt: context must be a whole number of at least 1, but is 1.5."],
    [{ layers: -1 }, "gpt: layers must be a whole number of at least 1, but is -1."],
    [{ features: Number.NaN }, "gpt: features must be a whole number of at least 1, but is NaN."],
    [{ hidden: 0 }, "hidden must be a whole number of at least 1, but is 0."],
    [{ heads: 3 }, "3 heads do not divide 4"],
    [{ keyValueHeads: 3 }, "3 do not divide 2 heads"],
    [{ positions: "none" as never }, 'gpt: positions must be learned, sinusoidal, rotary or alibi, but is "none".'],
    [{ activation: "sin" as never }, 'the activation must be relu, gelu, gelu-tanh or swiglu, but is "sin"'],
    [{ norm: "batch" as never }, 'the norm must be "layer" or "rms", but is "batch"'],
    [{ tied: "false" as never }, 'gpt: tied must be a boolean, but is "false".'],
    [{ bias: 0 as never }, "gpt: bias must be a boolean, but is 0."],
    [{ dropout: "0.5" as never }, 'gpt: dropout must be a number, but is "0.5".'],
    [{ dropout: 1 }, "the rate must be at least 0 and under 1, but is 1"],
    [{ heads: 4, positions: "rotary" }, "a head must have an even number of them, but has 1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => gpt({ ...TINY, ...wrong })).toThrow(message);
  });

  it("refuses more tokens than it sees, with those of the state, tokens that are none, and a state of other layers", () => {
    const model = gpt(TINY),
      params = model.init(key(1));
    expect(() => model.apply(params, { tokens: tokensOf(1, 7, 1) })).toThrow("gpt: it sees 6 tokens at once, but 0 were read and 7 more are given.");
    const { state } = model.apply(params, { tokens: tokensOf(1, 5, 1) });
    expect(() => model.apply(params, { tokens: tokensOf(1, 2, 1), state })).toThrow("gpt: it sees 6 tokens at once, but 5 were read and 2 more are given.");
    expect(() => model.apply(params, { tokens: tensor2d([[7]], [1, 1], "int32") })).toThrow(/7/);
    expect(() => model.apply(params, { tokens: tokensOf(1, 1, 1), state: state.slice(1) })).toThrow("must have one part for each of the 2 layers, but has 1");
  });
});
