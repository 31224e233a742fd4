import { key, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { additive, type AdditiveParams } from "./additive.ts";
import type { Score } from "./contract.ts";
import { cosine } from "./cosine.ts";
import { dot } from "./dot.ts";
import { general, type GeneralParams } from "./general.ts";
import { batchOf, matrixOf, plainAffine, plainDot } from "./plain.test-helper.ts";
import { scaledDot } from "./scaled-dot.ts";

const length = (x: readonly number[]) => Math.sqrt(plainDot(x, x));

/** Those without parameters, by their formulas. */
const PLAIN: readonly (readonly [string, Score, (q: readonly number[], k: readonly number[]) => number])[] = [
  ["dot", dot, plainDot],
  ["scaledDot", scaledDot, (q, k) => plainDot(q, k) / Math.sqrt(q.length)],
  ["cosine", cosine, (q, k) => plainDot(q, k) / (length(q) * length(k))],
];

const sizes = { queryFeatures: 3, keyFeatures: 4 };
const scorers = { general: general(sizes), additive: additive({ ...sizes, hidden: 5 }), covered: additive({ ...sizes, hidden: 5, coverage: true }) };

type Pair = { readonly query: Tensor; readonly keys: Tensor };
const pair = (): Pair => ({ query: some([2, 3, 3], 1), keys: some([2, 5, 4], 2) });

/** Each pair of a query and a key by a formula: [batch, query, key]. */
function eachPair({ query, keys }: Pair, f: (q: number[], k: number[], at: [number, number, number]) => number): number[] {
  return batchOf(query).flatMap((queries, b) => queries.flatMap((q, i) => (batchOf(keys)[b] ?? []).map((k, j) => f(q, k, [b, i, j]))));
}

describe.each(BACKENDS)("similarities on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(PLAIN)("%s follows its formula, and its gradients are true", (_, score, formula) => {
    const input: Pair = { query: some([2, 3, 4], 1), keys: some([2, 5, 4], 2) };
    const scores = score(input.query, input.keys);
    expect(scores.shape).toEqual([2, 3, 5]);
    expectClose(scores.dataSync(), eachPair(input, formula));
    expectTrueGradients(({ query, keys }: Pair) => score(query, keys), input);
  });

  it.each(PLAIN)("%s compares without a batch and with several leading axes too", (_, score, formula) => {
    const query = some([2, 4], 3),
      keys = some([3, 4], 4);
    expectClose(
      score(query, keys).dataSync(),
      matrixOf(query).flatMap((q) => matrixOf(keys).map((k) => formula(q, k))),
    );
    expect(score(some([2, 3, 5, 4], 1), some([2, 3, 7, 4], 2)).shape).toEqual([2, 3, 5, 7]);
  });

  it("cosine lies between -1 and 1, takes no notice of lengths, and is 0 with a vector of zeros", () => {
    const x = tensor2d([
      [1e-3, 0],
      [0, 1e3],
      [-5, 0],
      [0, 0],
    ]);
    expectClose(cosine(x, x).dataSync(), [1, 0, -1, 0, 0, 1, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0]);
    const { gradients } = valueAndGrad((keys: Tensor) => sum(cosine(x, keys)) as Scalar)(x);
    expect([...gradients.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it("general multiplies the query by its matrix first", () => {
    const params = scorers.general.init(key(1));
    const input = pair();
    const scores = scorers.general.apply(params, input);
    const columns = matrixOf(params.weight);
    const formula = (q: number[], k: number[]) => q.reduce((total, value, i) => total + value * plainDot(columns[i] as number[], k), 0);
    expectClose(scores.dataSync(), eachPair(input, formula));
    expectTrueGradients(({ own, at }: { own: GeneralParams; at: Pair }) => scorers.general.apply(own, at), { own: params, at: input });
  });

  it.each([false, true])("additive is v · tanh(W q + U k), coverage: %s", (coverage) => {
    const layer = coverage ? scorers.covered : scorers.additive;
    const params = layer.init(key(2));
    const input = pair();
    const covered = coverage ? some([2, 3, 5], 7) : undefined;
    const [v, w] = [[...params.weightScore.dataSync()], params.weightCoverage ? [...params.weightCoverage.dataSync()] : []];
    const formula = (q: number[], k: number[], [b, i, j]: [number, number, number]) => {
      const [asked, offered] = [plainAffine([q], { weight: params.weightQuery })[0], plainAffine([k], { weight: params.weightKey })[0]];
      const seen = covered ? (batchOf(covered)[b]?.[i]?.[j] as number) : 0;
      return v.reduce((total, part, h) => total + part * Math.tanh((asked?.[h] as number) + (offered?.[h] as number) + (w[h] ?? 0) * seen), 0);
    };
    expectClose(layer.apply(params, { ...input, ...(covered && { coverage: covered }) }).dataSync(), eachPair(input, formula));
    const all = { own: params as AdditiveParams, at: input, ...(covered && { covered }) };
    expectTrueGradients(({ own, at, covered }: typeof all) => layer.apply(own, { ...at, ...(covered && { coverage: covered }) }), all);
  });

  it("additive and general compare without a batch too", () => {
    const input = { query: some([2, 3], 1), keys: some([6, 4], 2) };
    expect(scorers.general.apply(scorers.general.init(key(1)), input).shape).toEqual([2, 6]);
    expect(scorers.additive.apply(scorers.additive.init(key(1)), input).shape).toEqual([2, 6]);
  });

  it("additive refuses coverage that it was not made for, and misses that which it was", () => {
    const input = pair();
    expect(() => scorers.additive.apply(scorers.additive.init(key(1)), { ...input, coverage: zeros([2, 3, 5]) })).toThrow(
      "additive: coverage was given, but the layer was made with coverage: false.",
    );
    expect(() => scorers.covered.apply(scorers.covered.init(key(1)), input)).toThrow(
      "additive: coverage was not given, but the layer was made with coverage: true.",
    );
  });

  it.each(Object.entries(scorers))("%s leaks nothing", (name, layer) => {
    const params = layer.init(key(1)) as never,
      input = { ...pair(), ...(name === "covered" && { coverage: some([2, 3, 5], 3) }) };
    expectNoLeak(() => tidy(() => void layer.apply(params, input)));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: GeneralParams) => sum(layer.apply(p as never, input)) as Scalar)(params)));
  });
});

describe("similarities", () => {
  it("give the same numbers and gradients on simd and on cpu", async () => {
    const same = async <P extends Record<string, Tensor | undefined>>(init: () => P, score: (params: P, input: Pair) => Tensor) =>
      expectSameOnBoth(useBackend, () => {
        const all = { own: init() as never, at: pair() };
        const { gradients } = valueAndGrad(({ own, at }: { own: P; at: Pair }) => sum(score(own, at)) as Scalar)(all);
        return [score(all.own, all.at), gradients.at.query, gradients.at.keys, ...Object.values(gradients.own as object)];
      });
    await same(
      () => scorers.general.init(key(1)),
      (p, at) => scorers.general.apply(p, at),
    );
    await same(
      () => scorers.additive.init(key(1)),
      (p, at) => scorers.additive.apply(p, at),
    );
  });

  it("start within 1 / sqrt(inputs), and say in their config how to be made again", async () => {
    await useBackend("simd");
    const within = (x: Tensor | undefined, bound: number) => {
      const largest = Math.max(...Array.from((x as Tensor).dataSync(), Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(bound / 2);
    };
    const big = { queryFeatures: 16, keyFeatures: 25, hidden: 36 };
    within(general(big).init(key(1)).weight, 1 / 4);
    const params = additive({ ...big, coverage: true }).init(key(1));
    within(params.weightQuery, 1 / 4);
    within(params.weightKey, 1 / 5);
    within(params.weightScore, 1 / 6);
    within(params.weightCoverage, 1 / 6);
    expect(general(sizes)).toMatchObject({ kind: "general", config: sizes });
    expect(scorers.covered).toMatchObject({ kind: "additive", config: { ...sizes, hidden: 5, coverage: true } });
  });
});
