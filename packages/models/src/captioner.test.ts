import { disposeTree, key, leaves, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { clone, concat, type Scalar, slice, sum, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D, tensor4d, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { captioner, type CaptionerConfig, type CaptionerParams } from "./captioner.ts";
import { CAPTIONER, CAPTIONERS, somePictures, somePicturesWithCaptions, stirredCaptioner } from "./captioner.test-helper.ts";
import { captionerObjective } from "./captioner-objective.ts";
import { someTokens } from "./seq2seq.test-helper.ts";

describe.each(BACKENDS)("captioner on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CAPTIONERS)("gives logits for each place of the caption, and weights over the picture's places: %s", (_, config) => {
    const model = captioner(config),
      params = stirredCaptioner(config),
      input = somePicturesWithCaptions(config);
    const { logits, hidden, weights } = model.apply(params, { ...input, weights: true });
    const places = model.places.height * model.places.width;
    const shrunk = 2 ** config.convolutions.length;
    expect(model.places).toEqual({ height: config.height / shrunk, width: config.width / shrunk });
    expect([logits.shape, hidden.shape, weights?.shape]).toEqual([
      [2, 3, 5],
      [2, 3, 3],
      [2, 3, places],
    ]);
    expectClose(sum(weights as Tensor, -1).dataSync(), new Array(6).fill(1));
    expect(new Set((weights as Tensor).dataSync()).size).toBeGreaterThan(places);
    expect(model.apply(params, input).weights).toBeUndefined();
  });

  it.each(CAPTIONERS)(
    "has true gradients by its parameters and the picture: %s",
    (_, config) => {
      const model = captioner(config),
        target = someTokens(1, 3, config.vocabulary, 4);
      const { convolutions, ...rest } = stirredCaptioner(config, 2);
      const read = (params: CaptionerParams, picture: Tensor) => {
        const { logits, weights } = model.apply(params, { picture: picture as Tensor4D, target, weights: true });
        return [logits, weights as Tensor];
      };
      const picture = somePictures(config, 1);
      expectTrueGradients((others: typeof rest) => read({ convolutions, ...others }, picture), rest);
      // In smaller steps, which cross none of the rectifiers' kinks.
      type Below = { readonly convolutions: CaptionerParams["convolutions"]; readonly picture: Tensor };
      const below: Below = { convolutions, picture };
      expectTrueGradients((all: Below) => read({ ...rest, convolutions: all.convolutions }, all.picture), below, 3e-3, 2e-3);
    },
    60_000,
  );

  it.each(CAPTIONERS)("writes step by step what it foretells at once, never looking ahead: %s", (_, config) => {
    tidy(() => {
      const model = captioner(config),
        params = stirredCaptioner(config),
        { picture, target } = somePicturesWithCaptions(config);
      const whole = model.apply(params, { picture, target, weights: true });
      let state = model.encode(params, { picture });
      const read = [0, 1, 2].map((at) => {
        const next = model.decode(params, { tokens: slice(target, [0, at], [-1, 1]), state, weights: true });
        state = next.state;
        return next;
      });
      for (const part of ["logits", "hidden", "weights"] as const) {
        const found = read.map((next) => next[part] as Tensor3D);
        expectClose(concat(found, 1).dataSync(), (whole[part] as Tensor3D).dataSync(), 2e-5);
      }
    });
  });

  it.each(CAPTIONERS)("reads each picture of a batch by itself, and looks at all of it: %s", (_, config) => {
    const model = captioner(config),
      params = stirredCaptioner(config),
      { picture, target } = somePicturesWithCaptions(config);
    const logits = (of: Tensor4D, to: Tensor2D) => [...model.apply(params, { picture: of, target: to }).logits.dataSync()];
    expectClose(logits(slice(picture, 1, 1), slice(target, 1, 1)), logits(picture, target).slice(15));
    const values = somePictures(config, 1).dataSync<"float32">(),
      one = slice(target, 0, 1);
    const plain = logits(somePictures(config, 1), one);
    for (let pixel = 0; pixel < config.height * config.width; pixel += 5) {
      // One way at least: the rectifiers may be blind to the other.
      const effects = [-4, 4].map((value) => {
        const changed = tensor4d(values.with(pixel * config.channels, value), [1, config.height, config.width, config.channels]);
        return Math.max(...logits(changed, one).map((logit, i) => Math.abs(logit - (plain[i] as number))));
      });
      expect(Math.max(...effects)).toBeGreaterThan(1e-5);
    }
  });

  it("is trained for each next token of a caption", () => {
    const model = captioner(CAPTIONER),
      params = stirredCaptioner(CAPTIONER),
      { picture, target } = somePicturesWithCaptions(CAPTIONER);
    const targets = Int32Array.of(0, 1, 4, 2, 4, -1);
    const batch = { rows: 2, time: 3, pictures: picture.dataSync<"float32">(), inputs: target.dataSync<"int32">(), targets };
    const { value, aside } = captionerObjective(model)(params, batch, "inference");
    const rows = model.apply(params, { picture, target }).logits.arraySync().flat().slice(0, 5);
    const losses = rows.map((row, i) => Math.log(row.reduce((total, x) => total + Math.exp(x), 0)) - (row[targets[i] as number] as number));
    expectClose(value.dataSync(), [losses.reduce((a, b) => a + b) / 5]);
    expect(aside.total.dataSync()[0]).toBe(5);
    expect(captionerObjective(model, () => zeros([]) as Scalar)(params, batch, "inference").value.dataSync()[0]).toBe(0);
  });

  it.each(CAPTIONERS)("leaks nothing: %s", (_, config) => {
    const model = captioner({ ...config, dropout: 0.2 }),
      params = stirredCaptioner(config),
      input = somePicturesWithCaptions(config);
    expectNoLeak(() => tidy(() => void model.apply(params, { ...input, weights: true })));
    expectNoLeak(() => tidy(() => void valueAndGrad((own: CaptionerParams) => sum(model.apply(own, input, { training: key(1) }).logits) as Scalar)(params)));
    expectNoLeak(() => disposeTree(model.init(key(2)) as TensorTree));
  });
});

describe("captioner", () => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it.each(CAPTIONERS)("gives the same numbers and gradients on simd and on cpu: %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = captioner(config),
          params = stirredCaptioner(config),
          input = somePicturesWithCaptions(config);
        const loss = (own: CaptionerParams) => crossEntropy(model.apply(own, input).logits, someTokens(2, 3, 5, 4));
        const { value, gradients } = valueAndGrad(loss)(params);
        return [value, model.apply(params, input).logits, ...named(gradients as TensorTree).values()].map((tensor) => clone(tensor));
      },
      1e-4,
    );
  });

  it.each(CAPTIONERS)("has a config that builds the same model again, drops by the key, and starts each part from numbers of its own: %s", (_, config) => {
    const model = captioner({ ...config, dropout: 0.2 });
    const again = captioner(JSON.parse(JSON.stringify(model.config)) as CaptionerConfig);
    const params = stirredCaptioner(config),
      input = somePicturesWithCaptions(config);
    const logits = (of: typeof model, seed?: number) => [
      ...of.apply(params, input, seed === undefined ? "inference" : { training: key(seed) }).logits.dataSync(),
    ];
    expect(logits(again, 1)).toEqual(logits(model, 1));
    expect(logits(model, 1)).not.toEqual(logits(model, 2));
    expect(logits(model)).toEqual(logits(captioner(config)));
    expect(again).toMatchObject({ kind: "captioner", config: model.config });
    const values = leaves(model.init(key(1))).flatMap((leaf) => (leaf.rank > 1 ? [leaf.dataSync()[0]] : []));
    expect(new Set(values).size).toBe(values.length);
  });

  it.each<[object, string]>([
    [{ height: 0 }, "captioner: height must be a whole number of at least 1, but is 0."],
    [{ convolutions: 4 }, "captioner: convolutions must be a list of sizes, but is 4."],
    [{ convolutions: [] }, "captioner: there must be at least one convolution."],
    [{ convolutions: [4, 0.5] }, "captioner: convolutions[1] must be a whole number of at least 1, but is 0.5."],
    [{ convolutions: [4, 4] }, "captioner: 2 convolutions need pictures whose sides 4 divides, but they are 4 × 6."],
    [{ end: 5 }, "captioner: end must be a token of the vocabulary, 0 to 4, but is 5."],
    [{ cell: "cnn" }, "captioner: cell must be one of rnn, lstm, gru"],
    [{ cell: undefined }, "captioner: cell must be one of rnn, lstm, gru"],
    [{ similarity: "dot" }, "dot needs a memory of as many features as the cell has hidden units, but they are 4 and 3."],
    [{ positions: "learned" }, 'captioner: positions must be "none" or "sinusoidal", but is "learned".'],
    [{ convolutions: [6] }, "captioner: sinusoidal positions need a last convolution whose features 4 divides, but it has 6."],
    [{ dropout: null }, "captioner: dropout must be a number, but is null."],
    [{ dropout: -1 }, "the rate must be at least 0 and under 1, but is -1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => captioner({ ...CAPTIONER, ...wrong } as CaptionerConfig)).toThrow(message);
  });

  it("refuses pictures of another size", () => {
    const model = captioner(CAPTIONER),
      params = model.init(key(1));
    expect(() => model.apply(params, { picture: zeros([1, 4, 4, 2]), target: someTokens(1, 1, 5, 1) })).toThrow(
      "captioner: pictures must be [batch, 4, 6, 2], but are [1,4,4,2].",
    );
  });
});
