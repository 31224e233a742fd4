import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { greedy } from "./greedy.ts";
import { power } from "./power.ts";
import type { Filter } from "./sampler.ts";
import { softmax } from "./softmax.ts";
import { temperature } from "./temperature.ts";

/** Logits as a model gives them; some tokens may be ruled out before. */
const logits = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.double({ min: -20, max: 20, noNaN: true }) }, { weight: 1, arbitrary: fc.constant(Number.NEGATIVE_INFINITY) }), {
    minLength: 1,
    maxLength: 30,
  })
  .filter((values) => values.some(Number.isFinite))
  .map((values) => Float32Array.from(values));

function probabilities(filter: Filter, values: Float32Array): number[] {
  const changed = values.slice();
  filter(changed, []);
  return [...softmax(changed)];
}

function expectAlike(a: readonly number[], b: readonly number[], digits = 5): void {
  a.forEach((p, i) => expect(p).toBeCloseTo(b[i] as number, digits));
}

describe("temperature", () => {
  it("leaves the model's own distribution at T = 1", () => {
    fc.assert(fc.property(logits, (values) => expectAlike(probabilities(temperature(1), values), [...softmax(values)])));
  });

  it("is softmax(z / T)", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, T) => {
        expectAlike(probabilities(temperature(T), values), [...softmax(values.map((z) => z / T))]);
      }),
    );
  });

  it.each([0, 1e-6, 1e-40, Number.MIN_VALUE])("leaves only the most likely token as T goes to 0: %d", (T) => {
    expect(probabilities(temperature(T), Float32Array.of(1, 5, 4.9, Number.NEGATIVE_INFINITY))).toEqual([0, 1, 0, 0]);
    fc.assert(
      fc.property(logits, (values) => {
        const clear = values.map((z) => Math.round(z));
        clear[greedy(clear)] = 100;
        expect(probabilities(temperature(T), clear)[greedy(clear)]).toBe(1);
      }),
    );
  });

  it.each([1e6, Number.MAX_VALUE, Number.POSITIVE_INFINITY])("makes all tokens alike as T goes to infinity, but none that were ruled out: %d", (T) => {
    fc.assert(
      fc.property(logits, (values) => {
        const possible = values.filter((z) => z !== Number.NEGATIVE_INFINITY).length;
        expectAlike(
          probabilities(temperature(T), values),
          [...values].map((z) => (z === Number.NEGATIVE_INFINITY ? 0 : 1 / possible)),
          4,
        );
      }),
    );
  });

  it("keeps the order of the tokens, whatever T", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0, max: 100, noNaN: true }), (values, T) => {
        const p = probabilities(temperature(T), values),
          own = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number));
        own.forEach((token, rank) => rank > 0 && expect(p[token]).toBeLessThanOrEqual(p[own[rank - 1] as number] as number));
      }),
    );
  });

  it("takes a logit of infinity for certain", () => {
    expect(probabilities(temperature(2), Float32Array.of(0, Number.POSITIVE_INFINITY, 1))).toEqual([0, 1, 0]);
  });

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])("refuses T = %d", (T) => {
    expect(() => temperature(T)).toThrow(RangeError);
    expect(() => temperature(T)).toThrow(`temperature: T must be 0 or more, but is ${T}.`);
  });
});

describe("power", () => {
  it("is p^e, renormalised", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.1, max: 5, noNaN: true }), (values, e) => {
        const raised = [...softmax(values)].map((p) => p ** e),
          sum = raised.reduce((a, b) => a + b);
        expectAlike(
          probabilities(power(e), values),
          raised.map((p) => p / sum),
          4,
        );
      }),
    );
  });

  it("is the temperature 1 / e, at both ends too", () => {
    fc.assert(
      fc.property(logits, fc.constantFrom(0, 0.25, 1, 3, 1e9, Number.POSITIVE_INFINITY), (values, e) => {
        expect(probabilities(power(e), values)).toEqual(probabilities(temperature(1 / e), values));
      }),
    );
  });

  it.each([-1, Number.NaN])("refuses e = %d", (e) => {
    expect(() => power(e)).toThrow(`power: e must be 0 or more, but is ${e}.`);
  });
});
