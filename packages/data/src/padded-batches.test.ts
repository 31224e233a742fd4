import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { padRows } from "./pad-rows.ts";
import { type PaddedBatch, paddedBatches } from "./padded-batches.ts";

const cases = fc.record({
  sequences: fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 90 }),
  batch: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
  step: fc.nat(999),
});

const sequencesOf = (count: number, longest: number) =>
  Array.from({ length: count }, (_, i) => new Array<number>(1 + ((i * 7919) % longest)).fill(1 + (i % 9)));

describe("padded batches", () => {
  test("hold the sequences that they say, padded to the longest", () => {
    fc.assert(
      fc.property(cases, ({ sequences, batch, seed, step }) => {
        const { indices, ...rows } = paddedBatches(sequences, { batch, seed })(step);
        expect(rows).toEqual(padRows(indices.map((index) => sequences[index] as number[])));
        expect(rows.rows).toBeLessThanOrEqual(batch);
      }),
    );
  });

  test("have every sequence once in a pass, and are full but for one at most", () => {
    fc.assert(
      fc.property(cases, ({ sequences, batch, seed, step }) => {
        const at = paddedBatches(sequences, { batch, seed });
        const steps = Math.ceil(sequences.length / batch);
        const first = step * steps;
        const pass = Array.from({ length: steps }, (_, i) => at(first + i).indices);
        expect(pass.flat().toSorted((a, b) => a - b)).toEqual([...sequences.keys()]);
        expect(pass.filter(({ length }) => length < batch).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("depend on the seed and the step alone, and are the caller's own", () => {
    fc.assert(
      fc.property(cases, ({ sequences, batch, seed, step }) => {
        const at = paddedBatches(sequences, { batch, seed });
        const first = at(step);
        for (const other of [step + 1, 0, step + sequences.length, step]) {
          const { tokens, indices } = at(other);
          tokens.fill(-7);
          (indices as number[]).reverse();
        }
        expect(at(step)).toEqual(first);
        expect(paddedBatches(structuredClone(sequences), { batch, seed })(step)).toEqual(first);
      }),
    );
  });

  test("are others with another seed, and in another pass", () => {
    const sequences = sequencesOf(200, 12);
    const orders = [0, 1, -1, 2 ** 31].flatMap((seed) => {
      const at = paddedBatches(sequences, { batch: 10, seed });
      return [0, 1, 7].map((pass) => Array.from({ length: 20 }, (_, i) => at(pass * 20 + i).indices.join()).join(";"));
    });
    expect(new Set(orders).size).toBe(orders.length);
    // Not the same batches in another order, either.
    const at = paddedBatches(sequencesOf(2000, 30), { batch: 10, seed: 1 });
    const members = (pass: number) =>
      Array.from({ length: 200 }, (_, i) =>
        at(pass * 200 + i)
          .indices.toSorted()
          .join(),
      );
    expect(members(0).filter((batch) => members(1).includes(batch)).length).toBeLessThan(5);
  });

  test("come in no order of length, and are little but sequences", () => {
    const at = paddedBatches(sequencesOf(5000, 60), { batch: 32, seed: 3 });
    const pass: PaddedBatch[] = Array.from({ length: 157 }, (_, step) => at(step));
    const cells = pass.reduce((sum, { tokens }) => sum + tokens.length, 0),
      real = pass.reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b), 0);
    // Drawn without regard to length, the batches would be half padding.
    expect(real / cells).toBeGreaterThan(0.9);
    const rises = pass.filter(({ time }, step) => step > 0 && time > (pass[step - 1] as PaddedBatch).time).length;
    expect(rises).toBeGreaterThan(55);
    expect(rises).toBeLessThan(100);
  });
});

test.each<[number[][], object, string]>([
  [[], {}, "paddedBatches: there must be at least one sequence."],
  [[[1], []], {}, "paddedBatches: every sequence must have at least one token, but sequence 1 is empty. Leave it out."],
  [[[1]], { batch: 0 }, "paddedBatches: batch must be a whole number of at least 1, but is 0."],
  [[[1]], { batch: 1.5 }, "paddedBatches: batch must be a whole number of at least 1, but is 1.5."],
  [[[1]], { seed: 0.5 }, "paddedBatches: the seed must be a whole number, but is 0.5."],
])("%j with %j is refused", (sequences, options, message) => {
  expect(() => paddedBatches(sequences, { batch: 2, seed: 1, ...options })).toThrow(new RangeError(message));
});
