import { useBackend, valueAndGrad } from "@refrain/core";
import { cast, gather, ones, reshape, type Scalar, sum, type Tensor, tensor, tensor1d, tensor2d, tidy, where, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { attend } from "./attend.ts";
import { causalMask } from "./causal-mask.ts";
import type { Score } from "./contract.ts";
import { cosine } from "./cosine.ts";
import { dot } from "./dot.ts";
import { paddingMask } from "./padding-mask.ts";
import { batchOf, plainDot, plainSoftmax, weightedSum } from "./plain.test-helper.ts";
import { scaledDot } from "./scaled-dot.ts";

type Source = { readonly query: Tensor; readonly keys: Tensor; readonly values: Tensor };

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  queries: fc.integer({ min: 1, max: 5 }),
  keys: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(999),
});

const sourceOf = ({ batch, queries, keys, seed }: { batch: number; queries: number; keys: number; seed: number }): Source => ({
  query: some([batch, queries, 4], seed),
  keys: some([batch, keys, 4], seed + 1),
  values: some([batch, keys, 3], seed + 2),
});

/** A mask of the batch's own, in which some queries see nothing. */
const someMask = (batch: number, queries: number, keys: number, seed: number) =>
  tensor(
    Float32Array.from(some([batch * queries * keys], seed).dataSync(), (x) => (x > 0 ? 1 : 0)),
    [batch, queries, keys],
  );

describe.each(BACKENDS)("attend on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("sums the values by the softmax of the similarities, of those keys that are seen", () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), (size, masked) =>
        tidy(() => {
          const { query, keys, values } = sourceOf(size);
          const mask = masked ? someMask(size.batch, size.queries, size.keys, size.seed) : undefined;
          const { output, weights } = attend(query, keys, values, { mask });
          const found = batchOf(query).flatMap((queries, b) =>
            queries.map((q, i) => {
              const scores = (batchOf(keys)[b] ?? []).map((k) => plainDot(q, k) / 2);
              const expected = plainSoftmax(scores, (j) => !mask || batchOf(mask)[b]?.[i]?.[j] === 1);
              return { expected, read: weightedSum(expected, batchOf(values)[b] ?? []) };
            }),
          );
          expectClose(
            weights.dataSync(),
            found.flatMap(({ expected }) => expected),
          );
          expectClose(
            output.dataSync(),
            found.flatMap(({ read }) => read),
          );
        }),
      ),
      { numRuns: 30 },
    );
  });

  it("takes any similarity, and scaled dot products unless told otherwise", () => {
    const { query, keys, values } = sourceOf({ batch: 2, queries: 3, keys: 4, seed: 1 });
    const read = (score?: Score) => [...attend(query, keys, values, score && { score }).output.dataSync()];
    expect(read()).toEqual(read(scaledDot));
    expect(read(dot)).not.toEqual(read());
    const [first, second] = [0, 3].map((at) => read(() => zeros([2, 3, 4])).slice(at, at + 3));
    expect(first).toEqual(second);
  });

  it.each([
    ["dot", dot],
    ["scaledDot", scaledDot],
    ["cosine", cosine],
  ])("has true gradients with %s, plain, masked, and where a query sees nothing", (_, score) => {
    const source = sourceOf({ batch: 2, queries: 3, keys: 4, seed: 5 });
    const nothing = tensor2d([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], [3, 4]);
    for (const mask of [undefined, causalMask(3, 4), nothing, paddingMask([0, 3], 4)])
      expectTrueGradients(({ query, keys, values }: Source) => Object.values(attend(query, keys, values, { score, mask })), source);
  });

  it("gives zeros where a query sees nothing, and a gradient of 0, not NaN", () => {
    const source = sourceOf({ batch: 1, queries: 2, keys: 3, seed: 8 });
    const mask = tensor2d([0, 0, 0, 1, 1, 1], [2, 3]);
    const { output, weights } = attend(source.query, source.keys, source.values, { mask });
    expect([...output.dataSync().slice(0, 3), ...weights.dataSync().slice(0, 3)]).toEqual([0, 0, 0, 0, 0, 0]);
    const { gradients } = valueAndGrad(({ query, keys, values }: Source) => sum(attend(query, keys, values, { mask }).output) as Scalar)(source);
    expect([...gradients.query.dataSync().slice(0, 4)]).toEqual([0, 0, 0, 0]);
    for (const gradient of Object.values(gradients)) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it("stays finite for scores of any size", () => {
    const { output } = attend(tensor2d([[1e4], [-1e4]]), tensor2d([[1e4], [-1e4]]), tensor2d([[1], [2]]), { mask: ones([2, 2]) });
    expect([...output.dataSync()]).toEqual([1, 2]);
  });

  it("does not care for the order of the keys, as long as their values go with them", () => {
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (size, draws) =>
        tidy(() => {
          const { query, keys, values } = sourceOf(size);
          const order = Array.from({ length: size.keys }, (_, i) => ({ i, by: draws.next().value as number })).sort((a, b) => a.by - b.by);
          const places = tensor1d(
            order.map(({ i }) => i),
            "int32",
          );
          const straight = attend(query, keys, values),
            shuffled = attend(query, gather(keys, places, 1), gather(values, places, 1));
          expectClose(shuffled.output.dataSync(), straight.output.dataSync());
          expectClose(shuffled.weights.dataSync(), gather(straight.weights, places, 2).dataSync());
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("never looks at what a mask hides, whatever stands there", () => {
    fc.assert(
      fc.property(sizes, (size) =>
        tidy(() => {
          const { query, keys, values } = sourceOf(size);
          const lengths = Array.from({ length: size.batch }, (_, i) => (size.seed + i) % (size.keys + 1));
          const mask = paddingMask(lengths, size.keys);
          const seen = cast(reshape(mask, [size.batch, size.keys, 1]), "bool");
          const junk = (x: Tensor) => where(seen, x, some(x.shape, size.seed + 9, 100));
          const found = attend(query, junk(keys), junk(values), { mask });
          expect(found.output.dataSync()).toEqual(attend(query, keys, values, { mask }).output.dataSync());
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("refuses keys without a value each", () => {
    expect(() => attend(zeros([2, 3, 4]), zeros([2, 5, 4]), zeros([2, 6, 4]))).toThrow(
      "attend: there must be one value for each key, but the keys are [2,5,4] and the values [2,6,4].",
    );
  });

  it("leaks nothing", () => {
    const source = sourceOf({ batch: 2, queries: 2, keys: 3, seed: 2 });
    const mask = causalMask(2, 3);
    expectNoLeak(() => tidy(() => void attend(source.query, source.keys, source.values, { mask })));
    expectNoLeak(() => tidy(() => void valueAndGrad(({ query, keys, values }: Source) => sum(attend(query, keys, values, { mask }).output) as Scalar)(source)));
  });
});

describe("attend", () => {
  it("gives the same numbers and gradients on simd and on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        await expectSameOnBoth(useBackend, () => {
          const mask = someMask(size.batch, size.queries, size.keys, size.seed);
          const read = ({ query, keys, values }: Source) => attend(query, keys, values, { mask });
          const { gradients } = valueAndGrad((source: Source) => sum(read(source).output) as Scalar)(sourceOf(size));
          return [...Object.values(read(sourceOf(size))), ...Object.values(gradients)];
        });
      }),
      { numRuns: 30 },
    );
  });
});
