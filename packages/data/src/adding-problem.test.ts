import fc from "fast-check";
import { expect, test } from "vitest";
import { addingProblem } from "./adding-problem.ts";

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  time: fc.integer({ min: 2, max: 30 }),
  seed: fc.integer(),
  step: fc.nat(),
});

test("each target is the sum of two marked numbers, one in each half", () => {
  fc.assert(
    fc.property(cases, ({ batch, time, seed, step }) => {
      const found = addingProblem({ batch, time }, seed)(step);
      expect([found.batch, found.time, found.inputs.length, found.targets.length]).toEqual([batch, time, batch * time * 2, batch]);
      for (let row = 0; row < batch; row++) {
        const steps = Array.from({ length: time }, (_, at) => [...found.inputs.slice(2 * (row * time + at), 2 * (row * time + at) + 2)] as [number, number]);
        expect(steps.every(([value, mark]) => value >= 0 && value < 1 && (mark === 0 || mark === 1))).toBe(true);
        const marked = steps.flatMap(([value, mark], at) => (mark === 1 ? [{ at, value }] : []));
        expect(marked.length).toBe(2);
        expect(marked[0]?.at).toBeLessThan(Math.floor(time / 2));
        expect(marked[1]?.at).toBeGreaterThanOrEqual(Math.floor(time / 2));
        expect(found.targets[row]).toBe(Math.fround(marked.reduce((sum, { value }) => sum + value, 0)));
      }
    }),
  );
});

test("a step's batch depends on the seed and the step alone, and is the caller's own", () => {
  fc.assert(
    fc.property(cases, ({ batch, time, seed, step }) => {
      const at = addingProblem({ batch, time }, seed);
      const first = at(step);
      for (const other of [step + 1, 0, step]) at(other).inputs.fill(7);
      expect(at(step)).toEqual(first);
      expect(addingProblem({ batch, time }, seed)(step)).toEqual(first);
    }),
  );
});

test("other steps and other seeds have other batches", () => {
  const batches = [0, 1, 2, -1, 123_456_789, 2 ** 31].flatMap((seed) =>
    [0, 1, 2, 1000].map((step) => addingProblem({ batch: 2, time: 4 }, seed)(step).inputs.join()),
  );
  expect(new Set(batches).size).toBe(batches.length);
});

test("numbers are uniform, marks as often in one place of a half as in another, and always answering 1 has an error of 1/6", () => {
  const [batch, time] = [500, 9];
  const at = addingProblem({ batch, time }, 5);
  const marks = new Array<number>(time).fill(0);
  let sum = 0,
    squares = 0,
    error = 0;
  for (let step = 0; step < 20; step++) {
    const { inputs, targets } = at(step);
    for (let i = 0; i < batch * time; i++) {
      const value = inputs[2 * i] as number;
      sum += value;
      squares += value ** 2;
      marks[i % time] = (marks[i % time] as number) + (inputs[2 * i + 1] as number);
    }
    for (const target of targets) error += (target - 1) ** 2;
  }
  const count = 20 * batch;
  expect(sum / (count * time)).toBeCloseTo(1 / 2, 2);
  expect(squares / (count * time)).toBeCloseTo(1 / 3, 2);
  expect(error / count).toBeCloseTo(1 / 6, 2);
  // Of 10,000, 2,500 for each of the first four places and 2,000 for each of the last five; five standard deviations are 217 and 200.
  for (const [place, seen] of marks.entries()) expect(Math.abs(seen - (place < 4 ? 2500 : 2000))).toBeLessThan(200);
});

test.each([0, -1, 1.5, Number.NaN])("a batch of %d is refused", (batch) => {
  expect(() => addingProblem({ batch, time: 5 }, 0)).toThrow(new RangeError(`addingProblem: batch must be a whole number of at least 1, but is ${batch}.`));
});

test.each([1, 0, 2.5, Number.NaN])("sequences of %d steps are refused", (time) => {
  expect(() => addingProblem({ batch: 1, time }, 0)).toThrow(
    new RangeError(`addingProblem: time must be a whole number of at least 2, a step for each marked number, but is ${time}.`),
  );
});

test("a seed that is no whole number is refused", () => {
  expect(() => addingProblem({ batch: 1, time: 5 }, 0.5)).toThrow(new RangeError("addingProblem: the seed must be a whole number, but is 0.5."));
});
