import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Case = {
  readonly batch: number;
  readonly keyValueHeads: number;
  /** Heads that share a key/value head. */
  readonly group: number;
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
  readonly causal: boolean;
  readonly window: number;
  readonly slopes: Float32Array | undefined;
  readonly lengths: Int32Array | undefined;
  readonly query: Float32Array;
  readonly keyValues: Float32Array;
};

const heads = ({ keyValueHeads, group }: Case) => keyValueHeads * group;

/** The attention's output in f64, straight from its definition. */
function reference(c: Case, query: ArrayLike<number>, keyValues: ArrayLike<number>): number[] {
  const [rowQ, rowK] = [heads(c) * c.size, 2 * c.keyValueHeads * c.size];
  const out: number[] = [];
  for (let b = 0; b < c.batch; b++)
    for (let q = 0; q < c.queries; q++)
      for (let h = 0; h < heads(c); h++) {
        const place = c.keys - c.queries + q;
        const shared = Math.floor(h / c.group);
        const seen = Array.from({ length: c.keys }, (_, k) => k).filter(
          (k) => k < (c.lengths?.[b] ?? c.keys) && (!c.causal || k <= place) && (c.window === 0 || k > place - c.window),
        );
        const at = (k: number, feature: number, value: boolean) =>
          keyValues[(b * c.keys + k) * rowK + (value ? c.keyValueHeads * c.size : 0) + shared * c.size + feature] as number;
        const scores = seen.map((k) => {
          let score = 0;
          for (let f = 0; f < c.size; f++) score += (query[(b * c.queries + q) * rowQ + h * c.size + f] as number) * at(k, f, false);
          return score / Math.sqrt(c.size) - (c.slopes?.[h] ?? 0) * Math.abs(place - k);
        });
        const most = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - most));
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (let f = 0; f < c.size; f++) out.push(weights.reduce((total, weight, i) => total + (weight / sum) * at(seen[i] as number, f, true), 0));
      }
  return out;
}

/** The slopes of sum(dOut * output) by each number of `name`, as central differences. */
function slopesBy(c: Case, name: "query" | "keyValues", dOut: Float32Array): number[] {
  const value = (at: number, by: number) => {
    const moved = {
      query: c.query as ArrayLike<number>,
      keyValues: c.keyValues as ArrayLike<number>,
      [name]: Float64Array.from(c[name], (v, i) => (i === at ? v + by : v)),
    };
    return reference(c, moved.query, moved.keyValues).reduce((sum, y, i) => sum + y * (dOut[i] as number), 0);
  };
  return Array.from(c[name], (_, at) => (value(at, 1e-5) - value(at, -1e-5)) / 2e-5);
}

const cases = (most: number): fc.Arbitrary<Case> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      keyValueHeads: fc.integer({ min: 1, max: 2 }),
      group: fc.integer({ min: 1, max: 2 }),
      queries: fc.integer({ min: 1, max: most }),
      past: fc.integer({ min: 0, max: 9 }),
      size: fc.integer({ min: 1, max: 9 }),
      causal: fc.boolean(),
      window: fc.integer({ min: 0, max: most }),
      sloped: fc.boolean(),
      padded: fc.boolean(),
      scale: fc.constantFrom(1, 8),
      seed: fc.nat(),
    })
    .map(({ past, sloped, padded, scale, seed, window, causal, ...c }) => {
      const keys = c.queries + past;
      return {
        ...c,
        keys,
        causal,
        window: causal ? window : 0,
        slopes: sloped ? Float32Array.from({ length: c.keyValueHeads * c.group }, (_, i) => 2 ** -(i + 1)) : undefined,
        lengths: padded ? Int32Array.from({ length: c.batch }, (_, i) => (seed + i * 3) % (keys + 1)) : undefined,
        query: numbers(seed, c.batch * c.queries * c.keyValueHeads * c.group * c.size, scale),
        keyValues: numbers(seed + 1, c.batch * keys * 2 * c.keyValueHeads * c.size, 1),
      };
    });

describe.each(await bothBuilds())("attention of the $build kernels", (kernels) => {
  const { run } = kernels;

  const compute = (c: Case, dOut: Float32Array) =>
    onHeap(kernels, (put) => {
      const [query, keyValues, gradient] = [put(c.query), put(c.keyValues), put(dOut)];
      const call = [
        c.batch,
        heads(c),
        c.keyValueHeads,
        c.queries,
        c.keys,
        c.size,
        c.causal,
        c.window,
        c.slopes ? put(c.slopes).at : 0,
        c.lengths ? put(c.lengths).at : 0,
        query.at,
        keyValues.at,
      ] as const;
      const [out, logSums, dQuery, dKeyValues] = [
        put(empty(dOut.length)),
        put(empty(c.batch * heads(c) * c.queries)),
        put(empty(c.query.length)),
        put(empty(c.keyValues.length)),
      ];
      run.attentionForward(...call, out.at, logSums.at);
      run.attentionBackward(...call, logSums.at, gradient.at, dQuery.at, dKeyValues.at);
      return { out: out.floats(), dQuery: dQuery.floats(), dKeyValues: dKeyValues.floats() };
    });

  test("is what its definition says, over several blocks of queries", () => {
    fc.assert(
      fc.property(cases(80), (c) => {
        const { out } = compute(c, numbers(7, c.query.length));
        expect(worst(out, reference(c, c.query, c.keyValues))).toBeLessThan(2e-5);
      }),
      { numRuns: 60 },
    );
  });

  test("is what its definition says of heads deeper than a block of depth, with its gradients", () => {
    const c = {
      ...{ batch: 1, keyValueHeads: 1, group: 1, queries: 35, keys: 43, size: 515, causal: true, window: 9, slopes: undefined, lengths: undefined },
      ...{ query: numbers(1, 35 * 515), keyValues: numbers(2, 43 * 2 * 515) },
    };
    const [out, dOut] = [reference(c, c.query, c.keyValues), numbers(3, c.query.length)];
    const got = compute(c, dOut);
    expect(worst(got.out, out)).toBeLessThan(2e-5);
    // The gradients along themselves say how fast the output grows along them.
    const along = (from: Float32Array, gradient: Float32Array, by: number) => from.map((x, i) => x + by * (gradient[i] as number));
    const value = (by: number) =>
      reference(c, along(c.query, got.dQuery, by), along(c.keyValues, got.dKeyValues, by)).reduce((sum, y, i) => sum + y * (dOut[i] as number), 0);
    const squared = [...got.dQuery, ...got.dKeyValues].reduce((sum, g) => sum + g * g, 0);
    expect((value(1e-3) - value(-1e-3)) / 2e-3 / squared).toBeCloseTo(1, 3);
  });

  test("has the gradients of its definition", () => {
    fc.assert(
      fc.property(cases(6), (c) => {
        const dOut = numbers(7, c.query.length);
        const { dQuery, dKeyValues } = compute(c, dOut);
        expect(worst(dQuery, slopesBy(c, "query", dOut))).toBeLessThan(1e-4);
        expect(worst(dKeyValues, slopesBy(c, "keyValues", dOut))).toBeLessThan(1e-4);
      }),
      { numRuns: 40 },
    );
  });

  test("has the gradients of its definition over several blocks of queries", () => {
    fc.assert(
      fc.property(cases(40), (c) => {
        const sizes = { batch: 1, keyValueHeads: 1, group: 2, size: 2, slopes: undefined };
        const one = { ...c, ...sizes, query: numbers(5, c.queries * 4), keyValues: numbers(6, c.keys * 4) };
        const dOut = numbers(7, one.query.length);
        const { dQuery, dKeyValues } = compute(one, dOut);
        expect(worst(dQuery, slopesBy(one, "query", dOut))).toBeLessThan(1e-4);
        expect(worst(dKeyValues, slopesBy(one, "keyValues", dOut))).toBeLessThan(1e-4);
      }),
      { numRuns: 10 },
    );
  });
});
