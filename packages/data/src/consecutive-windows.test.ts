import fc from "fast-check";
import { expect, test } from "vitest";
import { PADDING } from "./batch.ts";
import { consecutiveWindows } from "./consecutive-windows.ts";

const cases = fc.record({
  tokens: fc.array(fc.nat(9), { minLength: 2, maxLength: 120 }).map((tokens) => Int32Array.from(tokens)),
  batch: fc.integer({ min: 1, max: 6 }),
  context: fc.integer({ min: 1, max: 20 }),
});

test("every token but the first is a target exactly once, after its input", () => {
  fc.assert(
    fc.property(cases, ({ tokens, batch, context }) => {
      const batches = [...consecutiveWindows(tokens, { batch, context })];
      const inputs = batches.flatMap((b) => [...b.inputs]);
      const targets = batches.flatMap((b) => [...b.targets]);
      const count = tokens.length - 1;
      expect(targets.slice(0, count)).toEqual([...tokens.slice(1)]);
      expect(inputs.slice(0, count)).toEqual([...tokens.slice(0, -1)]);
      expect(targets.slice(count).every((target) => target === PADDING)).toBe(true);
      expect(targets.length - count).toBeLessThan(context);
      expect(batches.reduce((sum, b) => sum + b.count, 0)).toBe(count);
    }),
  );
});

test("all batches are full but the last, and say what they hold", () => {
  fc.assert(
    fc.property(cases, ({ tokens, batch, context }) => {
      const batches = [...consecutiveWindows(tokens, { batch, context })];
      for (const [i, { rows, inputs, targets, count, ...rest }] of batches.entries()) {
        expect(rest).toEqual({ context });
        if (i < batches.length - 1) expect([rows, count]).toEqual([batch, batch * context]);
        expect(rows).toBeGreaterThan(0);
        expect([inputs.length, targets.length]).toEqual([rows * context, rows * context]);
        expect(targets.filter((target) => target !== PADDING).length).toBe(count);
      }
    }),
  );
});

test("a text of seven tokens in windows of four", () => {
  expect([...consecutiveWindows(Int32Array.of(1, 2, 3, 4, 5, 6, 7), { batch: 3, context: 4 })]).toEqual([
    { rows: 2, context: 4, count: 6, inputs: Int32Array.of(1, 2, 3, 4, 5, 6, 0, 0), targets: Int32Array.of(2, 3, 4, 5, 6, 7, -1, -1) },
  ]);
});

test.each([0, 1])("a text of %d tokens has no target and is refused", (count) => {
  expect(() => [...consecutiveWindows(new Int32Array(count), { batch: 1, context: 4 })]).toThrow(RangeError);
});

test.each([0, -1, 1.5, Number.NaN])("a batch or a context of %d is refused by its name", (size) => {
  expect(() => [...consecutiveWindows(new Int32Array(9), { batch: size, context: 5 })]).toThrow(
    `the batch must be a whole number of at least 1, but is ${size}.`,
  );
  expect(() => [...consecutiveWindows(new Int32Array(9), { batch: 5, context: size })]).toThrow(
    `the context must be a whole number of at least 1, but is ${size}.`,
  );
});
