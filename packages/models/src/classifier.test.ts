import { disposeTree, key, named, useBackend, valueAndGrad } from "@refrain/core";
import { crossEntropy } from "@refrain/losses";
import { type Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients } from "@refrain-tests/checks";
import { bothWays } from "./both-ways.ts";
import { type Classifier, classifier, type ClassifierConfig, type ClassifierParams } from "./classifier.ts";
import { classifierObjective, type LabelledTokens } from "./classifier-objective.ts";
import { type Classified, classify } from "./classify.ts";
import { learn } from "./learn.test-helper.ts";
import { drawOf, expectSameLeaves, padded, sequencesOf, stirred } from "./padded.test-helper.ts";
import { type PaddedTokens, tokensOf } from "./padded-tokens.ts";

const TINY: ClassifierConfig = { vocabulary: 4, embedding: 2, cell: "lstm", hidden: 2, layers: 1, classes: 3 };
const POOLS: readonly ClassifierConfig[] = [
  { ...TINY, layers: 2 },
  { ...TINY, cell: "gru", pool: "mean" },
  { ...TINY, pool: "attention" },
];
const SEQUENCES = [[3, 0, 1], [2], [1, 1, 2, 0]];

const applied = (model: Classifier, params: ClassifierParams, rows: PaddedTokens) => model.apply(params, { tokens: tokensOf(rows), lengths: rows.lengths });
const outputsOf = (model: Classifier, params: ClassifierParams, rows: PaddedTokens): Tensor[] => Object.values(applied(model, params, rows));
const objectiveOf = (model: Classifier) => classifierObjective(model, (logits, labels) => crossEntropy(logits, labels));
const labelled: LabelledTokens = { ...padded(SEQUENCES), labels: Int32Array.of(2, 0, 1) };

/** What the output layer gives of features in plain numbers. */
function headOf({ head }: ClassifierParams, features: readonly number[]): number[] {
  const biases = head.bias?.dataSync() ?? [];
  return (head.weight.arraySync() as number[][]).map((weights, i) => weights.reduce((sum, w, j) => sum + w * (features[j] as number), biases[i] as number));
}

describe.each(BACKENDS)("classifier on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("pools the steps of each sequence by its last states, by their mean, or by attention", () => {
    for (const config of POOLS) {
      const { pool = "last", embedding: input, hidden } = config;
      const model = classifier(config),
        params = stirred(model.init(key(1)));
      const { logits, weights } = applied(model, params, labelled);
      const table = params.embedding.weight;
      const { outputs } = bothWays("test", { ...config, input }).apply(params.layers, {
        x: { table, indices: tokensOf(labelled) },
        lengths: labelled.lengths,
      });
      const shares = weights?.arraySync() as number[][] | undefined;
      const expected = (outputs.arraySync() as number[][][]).flatMap((steps, row) => {
        const own = steps.slice(0, labelled.lengths[row]);
        const share = (step: number) => (pool === "mean" ? 1 / own.length : (shares?.[row]?.[step] as number));
        const weighted = (i: number) => own.reduce((sum, step, at) => sum + share(at) * (step[i] as number), 0);
        // The forward half of the last step, the backward half of the first.
        const ends = [...(own.at(-1) as number[]).slice(0, hidden), ...(own[0] as number[]).slice(hidden)];
        return headOf(params, pool === "last" ? ends : [0, 1, 2, 3].map(weighted));
      });
      expect(logits.shape).toEqual([3, 3]);
      expectClose(logits.dataSync(), expected);
      expect(weights?.shape).toEqual(pool === "attention" ? [3, 4] : undefined);
    }
  });

  it("attends to each sequence's own steps, the more the better they answer its query", () => {
    const model = classifier({ ...TINY, pool: "attention" }),
      params = stirred(model.init(key(1)), 2, 1);
    const weights = applied(model, params, labelled).weights?.arraySync() as number[][];
    SEQUENCES.forEach(({ length }, row) => {
      const own = weights[row] as number[];
      expectClose([own.reduce((a, b) => a + b)], [1]);
      expect(own.slice(length).every((weight) => weight === 0)).toBe(true);
    });
    expect(new Set(weights[2]?.map((weight) => weight.toFixed(4))).size).toBeGreaterThan(1);
    expectClose(weights[1] as number[], [1, 0, 0, 0]);
  });

  it("tells the likeliest class, how likely each is, and where it looked", () => {
    for (const config of POOLS) {
      const model = classifier(config),
        params = stirred(model.init(key(1)), 2, 1);
      const { logits, weights } = applied(model, params, labelled);
      const found = classify(model, params, labelled);
      (logits.arraySync() as number[][]).forEach((own, row) => {
        const answer = found[row] as Classified;
        const total = own.reduce((sum, logit) => sum + Math.exp(logit), 0);
        expectClose(
          answer.probabilities,
          own.map((logit) => Math.exp(logit) / total),
        );
        expect(answer.label).toBe(own.indexOf(Math.max(...own)));
        expect(answer.weights && [...answer.weights]).toEqual(weights && (weights.arraySync() as number[][])[row]?.slice(0, SEQUENCES[row]?.length));
      });
    }
  });

  it.each(POOLS)("never looks at padding, however much there is and whatever it holds: %j", (config) => {
    const model = classifier(config),
      params = stirred(model.init(key(1)));
    fc.assert(
      fc.property(sequencesOf(4), fc.nat(3), fc.constantFrom(-1, 3, 99), (sequences, more, fill) =>
        tidy(() => {
          const time = more + Math.max(...sequences.map(({ length }) => length));
          const others = padded(sequences, fill, time);
          const alone = sequences.flatMap((tokens) => classify(model, params, padded([tokens])));
          classify(model, params, others).forEach((found, row) => {
            const expected = alone[row] as Classified;
            expect(found.label).toBe(expected.label);
            expectClose(found.probabilities, expected.probabilities);
            expectClose(found.weights ?? [], expected.weights ?? []);
          });
          const labels = Int32Array.from(sequences, ({ length }) => length % 3);
          const slopes = valueAndGrad(objectiveOf(model));
          expectSameLeaves(slopes(params, { ...others, labels }, "inference"), slopes(params, { ...padded(sequences), labels }, "inference"));
        }),
      ),
      { numRuns: 10 },
    );
  });

  it.each(POOLS)(
    "has true gradients by all of its parameters: %j",
    (config) => {
      const model = classifier(config);
      expectTrueGradients((own: ClassifierParams) => outputsOf(model, own, labelled), stirred(model.init(key(1))), 5e-3);
      expectTrueGradients((own: ClassifierParams) => model.apply(own, { tokens: tokensOf(labelled) }).logits, stirred(model.init(key(1))), 5e-3);
    },
    30_000,
  );

  it("has the loss that it is given, and counts right answers among those known", () => {
    const model = classifier(TINY),
      params = model.init(key(1));
    const labels = Int32Array.of(2, -1, 1);
    const { value, aside } = objectiveOf(model)(params, { ...labelled, labels }, "inference");
    expectClose(value.dataSync(), crossEntropy(applied(model, params, labelled).logits, tensor1d(labels, "int32")).dataSync());
    const right = classify(model, params, labelled).filter(({ label }, row) => label === labels[row]).length;
    expect([aside.correct.dataSync()[0], aside.total.dataSync()[0]]).toEqual([right, 2]);
  });

  it("drops while training only, by its key", () => {
    const model = classifier({ ...TINY, dropout: 0.5 }),
      params = model.init(key(1)),
      tokens = tokensOf(labelled);
    const logits = (seed?: number) => [...model.apply(params, { tokens }, seed === undefined ? "inference" : { training: key(seed) }).logits.dataSync()];
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    expect(logits()).toEqual([...classifier(TINY).apply(params, { tokens }).logits.dataSync()]);
  });

  it.each(POOLS)("leaks nothing: %j", (config) => {
    const model = classifier({ ...config, dropout: 0.1 }),
      params = model.init(key(1));
    expectNoLeak(() => tidy(() => void applied(model, params, labelled)));
    expectNoLeak(() => tidy(() => void valueAndGrad(objectiveOf(model))(params, labelled, { training: key(1) })));
    expectNoLeak(() => void classify(model, params, labelled));
    expectNoLeak(() => disposeTree(model.init(key(2))));
  });
});

describe("classifier", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it.each(POOLS)("gives the same numbers and gradients on simd and on cpu: %j", async (config) => {
    await expectSameOnBoth(
      useBackend,
      () => {
        const model = classifier(config),
          params = model.init(key(1));
        const { value, gradients } = valueAndGrad(objectiveOf(model))(params, labelled, "inference");
        return [value, ...outputsOf(model, params, labelled), ...named(gradients as never).values()];
      },
      1e-4,
    );
    await useBackend("simd");
  });

  it.each(["last", "mean", "attention"] as const)(
    "learns which mark stands among noise, to full accuracy: %s",
    (pool) => {
      /** Tokens 0 and 1 are the marks of the two classes, the others noise. */
      const batchOf = (seed: number): LabelledTokens => {
        const draw = drawOf(seed);
        const labels = Int32Array.from({ length: 16 }, () => draw(2));
        const sequences = Array.from(labels, (label) => {
          const noise = Array.from({ length: 3 + draw(6) }, () => 2 + draw(5));
          return noise.with(draw(noise.length), label);
        });
        return { ...padded(sequences), labels };
      };
      const model = classifier({ vocabulary: 7, embedding: 8, cell: "gru", hidden: 12, layers: 1, classes: 2, pool });
      const objective = objectiveOf(model);
      const params = learn((own: ClassifierParams, step) => objective(own, batchOf(step), "inference").value, model.init(key(1)), { steps: 150, rate: 0.04 });
      for (const seed of [100_000, 100_001, 100_002]) {
        const batch = batchOf(seed);
        classify(model, params, batch).forEach(({ label, probabilities }, row) => {
          expect(label).toBe(batch.labels[row]);
          expect(probabilities[label]).toBeGreaterThan(0.9);
        });
      }
    },
    30_000,
  );

  it("has a config that builds the same model again", () => {
    for (const config of POOLS) {
      const model = classifier({ ...config, dropout: 0.1 });
      const again = classifier(JSON.parse(JSON.stringify(model.config)) as ClassifierConfig);
      const params = stirred(model.init(key(1))),
        input = { tokens: tokensOf(labelled) };
      const logits = (one: Classifier) => one.apply(params, input, { training: key(1) }).logits.dataSync();
      expect(logits(again)).toEqual(logits(model));
      expect(again).toMatchObject({ kind: "classifier", config: model.config });
      expect([...named(again.init(key(3)) as never).keys()]).toEqual([...named(params as never).keys()]);
    }
  });

  it.each<[object, string]>([
    [{ embedding: 0 }, "classifier: embedding must be a whole number of at least 1, but is 0."],
    [{ classes: null }, "classifier: classes must be a whole number of at least 1, but is null."],
    [{ cell: 3 }, "classifier: cell must be one of rnn, lstm, gru"],
    [{ pool: "max" }, 'classifier: pool must be last, mean or attention, but is "max".'],
    [{ dropout: "0.1" }, 'classifier: dropout must be a number, but is "0.1".'],
    [{ dropout: -1 }, "the rate must be at least 0 and under 1, but is -1"],
  ])("refuses %j", (wrong, message) => {
    expect(() => classifier({ ...TINY, ...wrong })).toThrow(message);
  });

  it("refuses tokens that are none, and lengths that do not fit", () => {
    const model = classifier(TINY),
      params = model.init(key(1));
    expect(() => classify(model, params, padded([[1, 4]]))).toThrow(/4/);
    expect(() => classify(model, params, { ...labelled, lengths: [3, 1, 5] })).toThrow("lengths[2] is 5");
  });
});
