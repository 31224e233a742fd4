import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PADDING } from "./batch.ts";
import { pairBatches, type TokenPair } from "./pair-batches.ts";

const MARKS = { start: 98, end: 99 };

/** Pairs of these lengths, each told from the others by its number. */
const pairsOf = (lengths: readonly (readonly [number, number])[]): TokenPair[] =>
  lengths.map(([source, target], i) => ({ source: new Int32Array(source).fill(i + 1), target: new Int32Array(target).fill(i + 1) }));

const cases = fc.record({
  lengths: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(6)), { minLength: 1, maxLength: 40 }),
  batch: fc.integer({ min: 1, max: 7 }),
  seed: fc.integer(),
  epoch: fc.nat(5),
});

describe("pairBatches", () => {
  test("pads each pair to the longest of its batch, and shifts its target by the mark of the start", () => {
    const pairs = [
      { source: Int32Array.of(5, 6), target: Int32Array.of(7) },
      { source: Int32Array.of(8), target: Int32Array.of(9, 10, 11) },
    ];
    expect(pairBatches(pairs, { batch: 2, ...MARKS }, 1)(0)).toEqual({
      rows: 2,
      sourceTime: 2,
      time: 4,
      source: Int32Array.of(8, 0, 5, 6),
      sourceLengths: [1, 2],
      inputs: Int32Array.of(98, 9, 10, 11, 98, 7, 0, 0),
      targets: Int32Array.of(9, 10, 11, 99, 7, 99, PADDING, PADDING),
      count: 6,
    });
  });

  test("gives every pair once in every epoch, whole", () => {
    fc.assert(
      fc.property(cases, ({ lengths, batch, seed, epoch }) => {
        const steps = Math.ceil(lengths.length / batch);
        const at = pairBatches(pairsOf(lengths), { batch, ...MARKS }, seed);
        const seen: number[] = [];
        for (let step = epoch * steps; step < (epoch + 1) * steps; step++) {
          const { rows, sourceTime, time, source, sourceLengths, inputs, targets, count } = at(step);
          expect(count).toBe(targets.filter((token) => token !== PADDING).length);
          for (let row = 0; row < rows; row++) {
            const number = source[row * sourceTime] as number;
            const [sourceLength, targetLength] = lengths[number - 1] as [number, number];
            const padding = <T>(value: T, size: number) => new Array<T>(size).fill(value);
            expect(sourceLengths[row]).toBe(sourceLength);
            expect([...source.subarray(row * sourceTime, (row + 1) * sourceTime)]).toEqual([
              ...padding(number, sourceLength),
              ...padding(0, sourceTime - sourceLength),
            ]);
            const target = padding(number, targetLength);
            expect([...inputs.subarray(row * time, (row + 1) * time)]).toEqual([98, ...target, ...padding(0, time - targetLength - 1)]);
            expect([...targets.subarray(row * time, (row + 1) * time)]).toEqual([...target, 99, ...padding(PADDING, time - targetLength - 1)]);
            seen.push(number);
          }
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(lengths.map((_, i) => i + 1));
      }),
    );
  });

  test("a step's batch depends on the seed and the step alone, and is the caller's own", () => {
    fc.assert(
      fc.property(cases, fc.nat(30), ({ lengths, batch, seed }, step) => {
        const at = pairBatches(pairsOf(lengths), { batch, ...MARKS }, seed);
        const first = at(step);
        for (const other of [step + lengths.length, 0, step]) at(other).inputs.fill(7);
        expect(at(step)).toEqual(first);
        expect(pairBatches(pairsOf(lengths), { batch, ...MARKS }, seed)(step)).toEqual(first);
      }),
    );
  });

  test("puts pairs of like lengths together: sources of eight lengths hardly need padding", () => {
    const pairs = pairsOf(Array.from({ length: 400 }, (_, i) => [1 + (i % 8), 1 + (i % 3)] as const));
    const at = pairBatches(pairs, { batch: 10, ...MARKS }, 3);
    let padding = 0,
      tokens = 0;
    for (let step = 0; step < 40; step++) {
      const { source, sourceLengths } = at(step);
      tokens += sourceLengths.reduce((a, b) => a + b);
      padding += source.length - sourceLengths.reduce((a, b) => a + b);
    }
    expect(padding / tokens).toBeLessThan(0.03);
  });

  test("mixes lengths over an epoch, and pairs of one length otherwise in each", () => {
    const at = pairBatches(pairsOf(Array.from({ length: 80 }, (_, i) => [1 + (i % 8), 2] as const)), { batch: 5, ...MARKS }, 3);
    const lengths = Array.from({ length: 16 }, (_, step) => at(step).sourceTime);
    expect(lengths).not.toEqual(lengths.toSorted((a, b) => a - b));
    const companions = (epoch: number) => {
      const batches = Array.from({ length: 16 }, (_, step) => at(16 * epoch + step));
      const found = batches.find(({ source }) => source.includes(1)) as ReturnType<typeof at>;
      return [...new Set(found.source)].toSorted((a, b) => a - b).join();
    };
    expect(new Set([0, 1, 2, 3].map(companions)).size).toBeGreaterThan(1);
  });

  test("refuses what cannot be batched", () => {
    const pairs = pairsOf([[1, 1]]);
    expect(() => pairBatches([], { batch: 1, ...MARKS }, 0)).toThrow(new RangeError("pairBatches: there must be at least one pair."));
    expect(() =>
      pairBatches(
        pairsOf([
          [1, 1],
          [0, 1],
        ]),
        { batch: 1, ...MARKS },
        0,
      ),
    ).toThrow(new RangeError("pairBatches: every source must have at least one token, but that of pair 1 has none. Leave it out."));
    for (const batch of [0, 1.5, Number.NaN])
      expect(() => pairBatches(pairs, { batch, ...MARKS }, 0)).toThrow(`pairBatches: batch must be a whole number of at least 1, but is ${batch}.`);
    expect(() => pairBatches(pairs, { batch: 1, start: -1, end: 2 }, 0)).toThrow(
      "pairBatches: start must be a token, a whole number of at least 0, but is -1.",
    );
    expect(() => pairBatches(pairs, { batch: 1, ...MARKS }, 0.5)).toThrow("pairBatches: the seed must be a whole number, but is 0.5.");
  });
});
