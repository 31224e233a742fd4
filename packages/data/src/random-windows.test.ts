import fc from "fast-check";
import { expect, test } from "vitest";
import { randomWindows } from "./random-windows.ts";

/** Tokens that say where they stand. */
const places = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 6 }),
  context: fc.integer({ min: 1, max: 20 }),
  more: fc.nat(40),
  seed: fc.integer(),
  step: fc.nat(),
});

test("each target is the token after its input, in windows that lie within the text", () => {
  fc.assert(
    fc.property(cases, ({ batch, context, more, seed, step }) => {
      const tokens = places(context + 1 + more);
      const { inputs, targets, ...sizes } = randomWindows(tokens, { batch, context }, seed)(step);
      expect(sizes).toEqual({ rows: batch, context, count: batch * context });
      for (let row = 0; row < batch; row++) {
        const start = inputs[row * context] as number;
        expect(start).toBeLessThanOrEqual(more);
        expect(inputs.slice(row * context, (row + 1) * context)).toEqual(tokens.slice(start, start + context));
        expect(targets.slice(row * context, (row + 1) * context)).toEqual(tokens.slice(start + 1, start + context + 1));
      }
    }),
  );
});

test("a step's batch depends on the seed and the step alone", () => {
  fc.assert(
    fc.property(cases, ({ batch, context, more, seed, step }) => {
      const tokens = places(context + 1 + more);
      const at = randomWindows(tokens, { batch, context }, seed);
      const first = at(step);
      for (const other of [step + 1, 0, step]) at(other);
      expect(at(step)).toEqual(first);
      expect(randomWindows(tokens.slice(), { batch, context }, seed)(step)).toEqual(first);
    }),
  );
});

test("other steps and other seeds have other batches", () => {
  const tokens = places(100_000);
  const batches = [0, 1, 2, 3, -1, 123_456_789].flatMap((seed) =>
    [0, 1, 2, 3, 1000].map((step) => randomWindows(tokens, { batch: 4, context: 3 }, seed)(step).inputs.join()),
  );
  expect(new Set(batches).size).toBe(batches.length);
});

test("a batch that was given out is the caller's own", () => {
  const at = randomWindows(places(50), { batch: 2, context: 5 }, 1);
  const before = at(0).inputs.slice();
  at(0).inputs.fill(-7);
  expect(at(0).inputs).toEqual(before);
});

test("the windows cover the whole text, each place about as often", () => {
  const seen = new Array<number>(44).fill(0);
  const at = randomWindows(places(50), { batch: 10, context: 6 }, 3);
  for (let step = 0; step < 880; step++) {
    const { inputs } = at(step);
    for (let row = 0; row < 10; row++) seen[inputs[row * 6] as number] = (seen[inputs[row * 6] as number] as number) + 1;
  }
  // 200 for each of the 44 places; five standard deviations are 70.
  expect(Math.min(...seen)).toBeGreaterThan(130);
  expect(Math.max(...seen)).toBeLessThan(270);
});

test("a text of just one window and its last target is that window", () => {
  const { inputs, targets } = randomWindows(Int32Array.of(5, 6, 7, 8), { batch: 2, context: 3 }, 9)(4);
  expect([[...inputs], [...targets]]).toEqual([
    [5, 6, 7, 5, 6, 7],
    [6, 7, 8, 6, 7, 8],
  ]);
});

test("a text that is too short says how long it must be", () => {
  expect(() => randomWindows(places(8), { batch: 1, context: 8 }, 0)).toThrow(
    new RangeError("the text has 8 characters, but a window of 8 needs at least 9. Use a longer text or a smaller context."),
  );
});

test.each([0, -1, 1.5, Number.NaN, Infinity])("a batch or a context of %d is refused by its name", (size) => {
  expect(() => randomWindows(places(50), { batch: size, context: 5 }, 0)).toThrow(
    new RangeError(`the batch must be a whole number of at least 1, but is ${size}.`),
  );
  expect(() => randomWindows(places(50), { batch: 5, context: size }, 0)).toThrow(
    new RangeError(`the context must be a whole number of at least 1, but is ${size}.`),
  );
});
