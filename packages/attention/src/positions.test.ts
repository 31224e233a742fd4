import { key, useBackend, valueAndGrad } from "@refrain/core";
import { matMul, memory, type Scalar, square, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { alibiSlopes } from "@refrain/kernels/nets";
import { alibi } from "./alibi.ts";
import { learnedPositions, type LearnedPositionsParams } from "./learned-positions.ts";
import { plainRotary } from "./plain.test-helper.ts";
import { rotary } from "./rotary.ts";
import { sinusoidal } from "./sinusoidal.ts";

const PAIRS = ["interleaved", "half"] as const;

describe.each(BACKENDS)("positions on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("sinusoidal: sines on even features, cosines on odd ones, slower and slower", () => {
    const found = sinusoidal(5, 6, { first: 3 }).arraySync();
    found.forEach((row, i) =>
      row.forEach((value, feature) => {
        const angle = (3 + i) / 10_000 ** ((2 * Math.floor(feature / 2)) / 6);
        expect(value).toBeCloseTo(feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle), 6);
      }),
    );
    expectClose(sinusoidal(1, 2, { base: 4, first: 2 }).dataSync(), [Math.sin(2), Math.cos(2)]);
    expectClose(sinusoidal(2, 4, { base: 4 }).dataSync().slice(4), [Math.sin(1), Math.cos(1), Math.sin(0.5), Math.cos(0.5)]);
    expect(() => sinusoidal(3, 5)).toThrow("sinusoidal: the features must be even, as they turn in pairs, but are 5.");
  });

  it("learned: the rows of its table from the first on", () => {
    const layer = learnedPositions({ positions: 5, features: 2 });
    const params = layer.init(key(1));
    const all = [...params.weight.dataSync()];
    expect([...layer.apply(params, { count: 5 }).dataSync()]).toEqual(all);
    expect([...layer.apply(params, { first: 1, count: 2 }).dataSync()]).toEqual(all.slice(2, 6));
    expectTrueGradients((own: LearnedPositionsParams) => layer.apply(own, { first: 2, count: 2 }), params);
    expectNoLeak(() => tidy(() => void valueAndGrad((own: LearnedPositionsParams) => sum(layer.apply(own, { count: 3 })) as Scalar)(params)));
    expect(() => layer.apply(params, { first: 4, count: 2 })).toThrow("learnedPositions: positions 4 to 5 were asked for, but only 0 to 4 were learned.");
    expect(() => layer.apply(params, { first: -1, count: 2 })).toThrow(RangeError);
  });

  it.each(PAIRS)("rotary turns each pair by its position's angle, pairs: %s", (pairs) => {
    const x = some([2, 3, 4, 6], 1);
    const found = rotary(x, { pairs, first: 5 }).arraySync() as number[][][][];
    (x.arraySync() as number[][][][]).forEach((group, b) =>
      group.forEach((rows, head) => rows.forEach((row, i) => expectClose(found[b]?.[head]?.[i] as number[], plainRotary(row, 5 + i, pairs)))),
    );
    expectTrueGradients((at: Tensor) => rotary(at, { pairs, first: 5 }), some([2, 3, 4], 2));
    expectNoLeak(() => tidy(() => void valueAndGrad((at: Tensor) => sum(rotary(at, { pairs })) as Scalar)(x)));
  });

  it.each(PAIRS)("rotary products depend on distance only, and lengths stay, pairs: %s", (pairs) => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(9), fc.nat(200), fc.nat(99), (place, distance, shift, seed) =>
        tidy(() => {
          const q = some([1, 8], seed),
            k = some([1, 8], seed + 1);
          const product = (by: number) =>
            matMul(rotary(q, { pairs, first: place + distance + by }), rotary(k, { pairs, first: place + by }), false, true).dataSync()[0] as number;
          expect(product(shift)).toBeCloseTo(product(0), 3);
          const length = (x: Tensor) => sum(square(x)).dataSync()[0] as number;
          expect(length(rotary(q, { pairs, first: place }))).toBeCloseTo(length(q), 4);
        }),
      ),
      { numRuns: 30 },
    );
  });

  it("rotary leaves position 0 as it is, and takes another base", () => {
    const x = some([1, 4], 1);
    expect(rotary(x).dataSync()).toEqual(x.dataSync());
    const [a, b] = [...x.dataSync()] as [number, number];
    expectClose(rotary(x, { first: 1, base: 7 }).dataSync().slice(0, 2), [a * Math.cos(1) - b * Math.sin(1), a * Math.sin(1) + b * Math.cos(1)]);
  });

  it("ALiBi takes from each score the distance times the head's slope", () => {
    expectClose(alibi(2, 2, 3).dataSync(), [-1 / 16, 0, -1 / 16, -2 / 16, -1 / 16, 0, -1 / 256, 0, -1 / 256, -2 / 256, -1 / 256, 0]);
    expect(alibi(3, 2).shape).toEqual([3, 2, 2]);
  });

  it("make one tensor and no more", () => {
    const before = memory().numTensors;
    const made = [sinusoidal(3, 4), alibi(2, 3)];
    expect(memory().numTensors - before).toBe(made.length);
  });
});

describe("positions", () => {
  it("ALiBi's slopes are powers of two for powers of two, and fill up from the next one otherwise", () => {
    expectClose(alibiSlopes(1), [2 ** -8]);
    expectClose(alibiSlopes(2), [2 ** -4, 2 ** -8]);
    expectClose(
      alibiSlopes(8),
      [1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i),
    );
    expectClose(alibiSlopes(3), [2 ** -4, 2 ** -8, 2 ** -2]);
    expectClose(alibiSlopes(6), [2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8, 2 ** -1, 2 ** -3]);
  });

  it("are the same on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => [sinusoidal(4, 6), alibi(3, 4), ...PAIRS.map((pairs) => rotary(some([2, 5, 4], 1), { pairs, first: 9 }))]);
  });

  it("refuse odd features and pairs that they do not know", () => {
    expect(() => rotary(some([2, 3], 1))).toThrow("rotary: the features must be even, as they turn in pairs, but are 3.");
    expect(() => rotary(some([2, 4], 1), { pairs: "halves" as never })).toThrow('rotary: pairs must be "interleaved" or "half", but is "halves".');
  });

  it("learned ones start small, and say in their config how to be made again", async () => {
    await useBackend("simd");
    const layer = learnedPositions({ positions: 50, features: 40 });
    const values = [...layer.init(key(3)).weight.dataSync()];
    expect(Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length)).toBeCloseTo(0.02, 3);
    expect(layer).toMatchObject({ kind: "learned-positions", config: { positions: 50, features: 40 } });
  });
});
