import { disposeTree, key, named, useBackend, valueAndGrad } from "@refrain/core";
import { crf, crossEntropy } from "@refrain/losses";
import { tensor2d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { learn } from "./learn.test-helper.ts";
import { drawOf, expectSameLeaves, padded, sequencesOf, stirred } from "./padded.test-helper.ts";
import { tokensOf } from "./padded-tokens.ts";
import { tag } from "./tag.ts";
import { type Tagger, tagger, type TaggerConfig, type TaggerParams } from "./tagger.ts";
import { type TaggedTokens, taggerObjective } from "./tagger-objective.ts";

const TINY: TaggerConfig = { vocabulary: 4, embedding: 2, cell: "lstm", hidden: 2, layers: 2, tags: 3 };
const KINDS: readonly (readonly [string, TaggerConfig])[] = [
  ["a softmax", TINY],
  ["a CRF", { ...TINY, cell: "gru", layers: 1, crf: true }],
];
const SEQUENCES = [[3, 0, 1], [2], [1, 1, 2, 0]];

/** Tags that hang on the tokens, two of them unknown. */
const tagged = (sequences: readonly (readonly number[])[], fill = 0, beyond = -1, time?: number): TaggedTokens => ({
  ...padded(sequences, fill, time),
  tags: padded(
    sequences.map((tokens, row) => tokens.map((token, step) => (step === 1 && row !== 0 ? -1 : (token + step) % 3))),
    beyond,
    time,
  ).tokens,
});

const emissionsOf = (model: Tagger, params: TaggerParams, rows: TaggedTokens): Tensor3D =>
  model.apply(params, { tokens: tokensOf(rows), lengths: rows.lengths }).emissions;

describe.each(BACKENDS)("tagger on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(KINDS)("gives logits of each step's tag, and tags as many as there are steps: with %s", (_, config) => {
    const model = tagger(config),
      params = model.init(key(1)),
      rows = padded(SEQUENCES);
    expect(model.apply(params, { tokens: tokensOf(rows) }).emissions.shape).toEqual([3, 4, 3]);
    const tags = tag(model, params, rows);
    expect(tags.map(({ length }) => length)).toEqual([3, 1, 4]);
    expect(tags.flatMap((own) => [...own]).every((one) => one >= 0 && one < 3)).toBe(true);
  });

  it("gives each step's likeliest tag without a CRF, those of the likeliest path with one", () => {
    for (const [, config] of KINDS) {
      const model = tagger(config),
        params = stirred(model.init(key(1)), 2, 1),
        rows = tagged(SEQUENCES);
      const emissions = emissionsOf(model, params, rows);
      const greedy = (emissions.arraySync() as number[][][]).map((steps, row) =>
        Int32Array.from(steps.slice(0, rows.lengths[row]), (logits) => logits.indexOf(Math.max(...logits))),
      );
      const best = params.crf ? crf({ tags: 3 }).decode(params.crf, emissions, rows.lengths) : greedy;
      expect(tag(model, params, rows)).toEqual(best);
      if (params.crf) expect(best).not.toEqual(greedy);
    }
  });

  it.each(KINDS)("never looks at padding, however much there is and whatever it holds: with %s", (_, config) => {
    const model = tagger(config),
      params = stirred(model.init(key(1))),
      objective = taggerObjective(model);
    fc.assert(
      fc.property(sequencesOf(4), fc.nat(3), fc.constantFrom(-1, 3, 99), (sequences, more, fill) =>
        tidy(() => {
          const time = more + Math.max(...sequences.map(({ length }) => length));
          const [rows, others] = [tagged(sequences), tagged(sequences, fill, 2, time)];
          const whole = emissionsOf(model, params, rows).arraySync() as number[][][];
          const found = emissionsOf(model, params, others).arraySync() as number[][][];
          sequences.forEach((tokens, row) => {
            const alone = emissionsOf(model, params, tagged([tokens])).dataSync();
            for (const all of [whole, found]) expectClose((all[row] as number[][]).slice(0, tokens.length).flat(), alone);
          });
          expect(tag(model, params, others)).toEqual(sequences.flatMap((tokens) => tag(model, params, padded([tokens]))));
          const slopes = valueAndGrad(objective);
          expectSameLeaves(slopes(params, others, "inference"), slopes(params, rows, "inference"));
        }),
      ),
      { numRuns: 10 },
    );
  });

  it("has for its loss that of the known tags, a tag", () => {
    for (const [, config] of KINDS) {
      const model = tagger(config),
        params = stirred(model.init(key(1)));
      const rows = tagged(SEQUENCES);
      const labels = tensor2d(rows.tags, [3, 4], "int32"),
        emissions = emissionsOf(model, params, rows);
      const expected = params.crf
        ? ((crf({ tags: 3 }).negativeLogLikelihood(params.crf, emissions, labels, rows.lengths).dataSync()[0] as number) * 3) / 7
        : (crossEntropy(emissions, labels).dataSync()[0] as number);
      const { value, aside } = taggerObjective(model)(params, rows, "inference");
      expectClose(value.dataSync(), [expected]);
      const right = tag(model, params, rows).flatMap((tags, row) => [...tags].filter((one, step) => one === rows.tags[row * 4 + step])).length;
      expect([aside.correct.dataSync()[0], aside.total.dataSync()[0]]).toEqual([right, 7]);
    }
  });

  it("has no loss where no tag is known", () => {
    for (const [, config] of KINDS) {
      const model = tagger(config);
      const { value, aside } = taggerObjective(model)(model.init(key(1)), { ...padded(SEQUENCES), tags: new Int32Array(12).fill(-100) }, "inference");
      expectClose(value.dataSync(), [0], 1e-6);
      expect(aside.total.dataSync()[0]).toBe(0);
    }
  });

  it.each(KINDS)(
    "has true gradients by all of its parameters: with %s",
    (_, config) => {
      const model = tagger(config),
        rows = tagged(SEQUENCES),
        params = stirred(model.init(key(1)));
      expectTrueGradients((own: TaggerParams) => emissionsOf(model, own, rows), params, 5e-3);
      expectTrueGradients((own: TaggerParams) => taggerObjective(model)(own, rows, "inference").value, params, 5e-3);
    },
    30_000,
  );

  it("drops while training only, by its key", () => {
    const model = tagger({ ...TINY, dropout: 0.5 }),
      params = model.init(key(1)),
      tokens = tokensOf(padded(SEQUENCES));
    const emissions = (seed?: number) => [...model.apply(params, { tokens }, seed === undefined ? "inference" : { training: key(seed) }).emissions.dataSync()];
    expect(emissions(1)).toEqual(emissions(1));
    expect(emissions(1)).not.toEqual(emissions(2));
    expect(emissions()).toEqual([...tagger(TINY).apply(params, { tokens }).emissions.dataSync()]);
  });

  it.each(KINDS)("leaks nothing: with %s", (_, config) => {
    const model = tagger({ ...config, dropout: 0.1 }),
      params = model.init(key(1)),
      rows = tagged(SEQUENCES);
    expectNoLeak(() => tidy(() => void emissionsOf(model, params, rows)));
    expectNoLeak(() => tidy(() => void valueAndGrad(taggerObjective(model))(params, rows, { training: key(1) })));
    expectNoLeak(() => void tag(model, params, rows));
    expectNoLeak(() => disposeTree(model.init(key(2))));
    // Also where a CRF refuses a sequence of no steps.
    if (config.crf) expectNoLeak(() => expect(() => tag(model, params, padded([[1], []]))).toThrow("at least one step"));
  });
});

describe("tagger", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(KINDS)("gives the same numbers and gradients on simd and on cpu: with %s", async (_, config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = tagger(config),
          params = model.init(key(1)),
          rows = tagged(SEQUENCES);
        const { value, aside, gradients } = valueAndGrad(taggerObjective(model))(params, rows, "inference");
        return [value, aside.correct, emissionsOf(model, params, rows), ...named(gradients as never).values()];
      },
      1e-4,
    );
    await useBackend("simd");
  });

  it.each([
    [false, 400],
    [true, 250],
  ])(
    "learns a tag that hangs on both neighbours, to full accuracy (CRF: %s)",
    (crf, steps) => {
      /** Tag 1 after a larger token than the next one, 2 at an end, else 0. */
      const batchOf = (seed: number): TaggedTokens => {
        const draw = drawOf(seed);
        const sequences = Array.from({ length: 16 }, () => Array.from({ length: 2 + draw(7) }, () => draw(5)));
        const tags = sequences.map((tokens) =>
          tokens.map((_, i) => (i === 0 || i === tokens.length - 1 ? 2 : (tokens[i - 1] as number) > (tokens[i + 1] as number) ? 1 : 0)),
        );
        return { ...padded(sequences), tags: padded(tags, -1).tokens };
      };
      const model = tagger({ vocabulary: 5, embedding: 8, cell: "gru", hidden: 16, layers: 1, tags: 3, crf });
      const objective = taggerObjective(model);
      const params = learn((own: TaggerParams, step) => objective(own, batchOf(step), "inference").value, model.init(key(1)), { steps, rate: 0.04 });
      for (const seed of [100_000, 100_001, 100_002]) {
        const { correct, total } = objective(params, batchOf(seed), "inference").aside;
        expect(correct.dataSync()[0]).toBe(total.dataSync()[0]);
      }
    },
    30_000,
  );

  it("has a config that builds the same model again", () => {
    for (const [, config] of KINDS) {
      const model = tagger({ ...config, dropout: 0.1 });
      const again = tagger(JSON.parse(JSON.stringify(model.config)) as TaggerConfig);
      const params = stirred(model.init(key(1))),
        input = { tokens: tokensOf(padded(SEQUENCES)) };
      const emissions = (one: Tagger) => one.apply(params, input, { training: key(1) }).emissions.dataSync();
      expect(emissions(again)).toEqual(emissions(model));
      expect(again).toMatchObject({ kind: "tagger", config: model.config });
      expect([...named(again.init(key(3)) as never).keys()]).toEqual([...named(params as never).keys()]);
    }
  });

  it.each<[object, string]>([
    [{ vocabulary: 0 }, "tagger: vocabulary must be a whole number of at least 1, but is 0."],
    [{ layers: 1.5 }, "tagger: layers must be a whole number of at least 1, but is 1.5."],
    [{ tags: "3" }, "tagger: tags must be a whole number of at least 1, but is 3."],
    [{ cell: "lstn" }, "tagger: cell must be one of rnn, lstm, gru"],
    [{ crf: 1 }, "tagger: crf must be a boolean, but is 1."],
    [{ dropout: "0.1" }, 'tagger: dropout must be a number, but is "0.1".'],
    [{ dropout: 1 }, "the rate must be at least 0 and under 1, but is 1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => tagger({ ...TINY, ...wrong })).toThrow(message);
  });

  it("refuses tokens that are none, lengths that do not fit, and other than one tag a token", () => {
    const model = tagger(TINY),
      params = model.init(key(1)),
      rows = tagged(SEQUENCES);
    expect(() => tag(model, params, padded([[1, 4]]))).toThrow(/4/);
    expect(() => tag(model, params, { ...rows, lengths: [3, 1, 5] })).toThrow("lengths[2] is 5");
    expect(() => tag(model, params, { ...rows, lengths: [3] })).toThrow("one for each of the 3 sequences must be given");
    expect(() => taggerObjective(model)(params, { ...rows, tags: Int32Array.of(1) }, "inference")).toThrow(
      "taggerObjective: there must be one tag for each of the 12 tokens, padding included, but there are 1.",
    );
  });
});
