import fc from "fast-check";
import { expect, test } from "vitest";
import { copyTask } from "./copy-task.ts";

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  delay: fc.integer({ min: 1, max: 12 }),
  length: fc.integer({ min: 1, max: 6 }),
  symbols: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer(),
  step: fc.nat(),
});

test("symbols, blanks, the mark, blanks; and blanks until the symbols are recalled", () => {
  fc.assert(
    fc.property(cases, ({ seed, step, ...sizes }) => {
      const { batch, delay, length, symbols } = sizes;
      const { rows, context, inputs, targets, count } = copyTask(sizes, seed)(step);
      expect([rows, context, count]).toEqual([batch, delay + 2 * length, batch * (delay + 2 * length)]);
      const blanks = (size: number) => new Array<number>(size).fill(0);
      for (let row = 0; row < batch; row++) {
        const read = [...inputs.slice(row * context, (row + 1) * context)];
        const remembered = read.slice(0, length);
        expect(remembered.every((symbol) => symbol >= 1 && symbol <= symbols)).toBe(true);
        expect(read.slice(length)).toEqual([...blanks(delay - 1), symbols + 1, ...blanks(length)]);
        expect([...targets.slice(row * context, (row + 1) * context)]).toEqual([...blanks(length + delay), ...remembered]);
      }
    }),
  );
});

test("a step's batch depends on the seed and the step alone, and is the caller's own", () => {
  fc.assert(
    fc.property(cases, ({ seed, step, ...sizes }) => {
      const at = copyTask(sizes, seed);
      const first = at(step);
      for (const other of [step + 1, 0, step]) at(other).inputs.fill(7);
      expect(at(step)).toEqual(first);
      expect(copyTask(sizes, seed)(step)).toEqual(first);
    }),
  );
});

test("remembers ten of eight symbols where nothing else is asked for, each about as often", () => {
  const { inputs, context } = copyTask({ batch: 800, delay: 3 }, 1)(0);
  expect(context).toBe(23);
  const seen = new Array<number>(10).fill(0);
  for (const token of inputs) seen[token] = (seen[token] as number) + 1;
  expect([seen[0], seen[9]]).toEqual([800 * 12, 800]);
  // Of 8,000, 1,000 for each symbol; five standard deviations are 148.
  for (const times of seen.slice(1, 9)) expect(Math.abs(times - 1000)).toBeLessThan(148);
});

test("other steps and other seeds have other batches", () => {
  const batches = [0, 1, 2, -1, 2 ** 31].flatMap((seed) => [0, 1, 2, 1000].map((step) => copyTask({ batch: 2, delay: 4 }, seed)(step).inputs.join()));
  expect(new Set(batches).size).toBe(batches.length);
});

test.each(["batch", "delay", "length", "symbols"])("a %s that is no whole number of at least 1 is refused by its name", (name) => {
  for (const size of [0, -1, 1.5, Number.NaN])
    expect(() => copyTask({ batch: 1, delay: 1, [name]: size }, 0)).toThrow(
      new RangeError(`copyTask: ${name} must be a whole number of at least 1, but is ${size}.`),
    );
  expect(() => copyTask({ batch: 1, delay: 1 }, 0.5)).toThrow(new RangeError("copyTask: the seed must be a whole number, but is 0.5."));
});
