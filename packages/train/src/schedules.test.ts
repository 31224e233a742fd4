import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { exponential } from "./exponential.ts";
import { inverseSquareRoot } from "./inverse-square-root.ts";
import { linear } from "./linear.ts";
import { oneCycle } from "./one-cycle.ts";
import type { Schedule } from "./schedule.ts";
import { stepDecay } from "./step-decay.ts";
import { warmRestarts } from "./warm-restarts.ts";

type Maker = (rate: number, options: { warmup: number }) => Schedule;

/** Those that rise over a warm-up, and the least share of the rate that each has left after it. */
const WARMED: Record<string, [Maker, number]> = {
  constant: [constant, 1],
  cosine: [cosine, 0.1],
  linear: [linear, 0],
  exponential: [exponential, 0.01],
  stepDecay: [stepDecay, 0.01],
  warmRestarts: [warmRestarts, 0],
  inverseSquareRoot: [inverseSquareRoot, 0],
};
/** Those whose rate, the warm-up apart, never rises. */
const FALLING = ["constant", "cosine", "linear", "exponential", "stepDecay", "inverseSquareRoot"];

const runs = fc
  .record({ rate: fc.double({ min: 1e-5, max: 10, noNaN: true }), warmup: fc.integer({ min: 1, max: 50 }), steps: fc.integer({ min: 1, max: 300 }) })
  .map(({ rate, warmup, steps }) => ({ rate, warmup: Math.min(warmup, steps), steps }));
/** The rate at each step of a run. */
const ratesOf = (schedule: Schedule, steps: number) => Array.from({ length: steps + 1 }, (_, step) => schedule({ step, progress: step / steps }));

describe.each(Object.entries(WARMED))("%s", (name, [make, floor]) => {
  it("is over 0 until the end, never over its rate, and never under its floor after the warm-up", () => {
    fc.assert(
      fc.property(runs, ({ rate, warmup, steps }) => {
        const rates = ratesOf(make(rate, { warmup }), steps);
        expect(Math.min(...rates.slice(0, -1))).toBeGreaterThan(0);
        expect(Math.max(...rates)).toBeLessThanOrEqual(rate * (1 + 1e-12));
        expect(Math.min(...rates.slice(warmup - 1))).toBeGreaterThanOrEqual(floor * rate * (1 - 1e-12));
      }),
    );
  });

  it("rises over the warm-up by equal parts of what it would be without", () => {
    fc.assert(
      fc.property(runs, ({ rate, warmup, steps }) => {
        const [rates, without] = [make(rate, { warmup }), make(rate, { warmup: name === "inverseSquareRoot" ? 1 : 0 })].map((s) => ratesOf(s, steps));
        for (let step = 0; step < warmup; step++) {
          const whole = name === "inverseSquareRoot" ? rate : ((without as number[])[step] as number);
          expect((rates as number[])[step]).toBeCloseTo((whole * (step + 1)) / warmup, 10);
        }
        if (name !== "inverseSquareRoot") expect((rates as number[]).slice(warmup)).toEqual((without as number[]).slice(warmup));
      }),
    );
  });

  it("refuses a negative rate or warm-up", () => {
    expect(() => make(-1, { warmup: 1 })).toThrow(`${name}: rate must be 0 or more, but is -1.`);
    expect(() => make(1, { warmup: -1 })).toThrow(/warmup must be [01] or more, but is -1/);
    expect(() => make(1, { warmup: Number.NaN })).toThrow(/warmup must be [01] or more, but is NaN/);
  });
});

describe.each(FALLING)("%s after the warm-up", (name) => {
  it("never rises", () => {
    const [make] = WARMED[name] as [Maker, number];
    fc.assert(
      fc.property(runs, ({ rate, warmup, steps }) => {
        const rates = ratesOf(make(rate, { warmup }), steps).slice(warmup - 1);
        expect(rates).toEqual(rates.toSorted((a, b) => b - a));
      }),
    );
  });
});

describe.each(
  Object.entries({
    cosine: cosine(1, { warmup: 0 }),
    linear: linear(1, { warmup: 0 }),
    exponential: exponential(1, { warmup: 0 }),
    oneCycle: oneCycle(1),
  }),
)("%s", (_, schedule) => {
  it("is continuous: in a thousandth of the run it moves by a hundredth at most", () => {
    const rates = ratesOf(schedule, 1000);
    const moves = rates.slice(1).map((rate, i) => Math.abs(rate - (rates[i] as number)));
    expect(Math.max(...moves)).toBeLessThan(0.01);
    expect(Math.max(...moves)).toBeGreaterThan(0.0005);
  });
});

describe("schedules pass where they should", () => {
  const at = (schedule: Schedule, progress: number) => schedule({ step: 1e9, progress });

  it("cosine: half a cosine to a tenth", () => {
    expect(at(cosine(1), 0)).toBe(1);
    expect(at(cosine(1), 0.5)).toBeCloseTo(0.55);
    expect(at(cosine(1), 1)).toBeCloseTo(0.1);
    expect(at(cosine(1), 1.2)).toBeCloseTo(0.1);
    expect(cosine(1, { warmup: 10 })({ step: 0, progress: 0 })).toBeCloseTo(0.1);
  });

  it("linear: a line to its floor, 0 unless told", () => {
    expect([0, 0.25, 1, 1.2].map((progress) => at(linear(4), progress))).toEqual([4, 3, 0, 0]);
    expect(at(linear(1, { floor: 0.5 }), 0.5)).toBe(0.75);
  });

  it("exponential: equal factors over equal parts", () => {
    expect(at(exponential(1, { floor: 1e-4 }), 0.25)).toBeCloseTo(0.1);
    expect(at(exponential(1, { floor: 1e-4 }), 0.75)).toBeCloseTo(0.001);
  });

  it("inverse square root: the paper's numbers", () => {
    const [features, warmup] = [512, 4000];
    const paper = (t: number) => features ** -0.5 * Math.min(t ** -0.5, t * warmup ** -1.5);
    const schedule = inverseSquareRoot((features * warmup) ** -0.5, { warmup });
    for (const t of [1, 100, 4000, 4001, 100_000]) expect(schedule({ step: t - 1, progress: 0 }) / paper(t)).toBeCloseTo(1, 10);
  });

  it("step decay: a tenth from half the run on, a hundredth from three quarters on", () => {
    [0, 0.49, 0.5, 0.74, 0.75, 1].map((progress, i) => expect(at(stepDecay(1), progress)).toBeCloseTo([1, 1, 0.1, 0.1, 0.01, 0.01][i] as number));
    expect(at(stepDecay(1, { at: [0.2], factor: 0.5 }), 0.2)).toBe(0.5);
  });

  it("one cycle: up to the rate at the end of its rise, down to next to nothing", () => {
    expect(at(oneCycle(2, { start: 0.1 }), 0)).toBeCloseTo(0.2);
    expect(at(oneCycle(2), 0.3)).toBe(2);
    expect(at(oneCycle(2), 0.65)).toBeCloseTo(1, 4);
    expect(at(oneCycle(2), 1)).toBeCloseTo(8e-6, 10);
  });

  it("warm restarts: down to the floor and back, each fall twice as long as the one before", () => {
    const schedule = warmRestarts(1, { floor: 0.2 });
    for (const progress of [0, 1 / 7 + 1e-9, 3 / 7 + 1e-9]) expect(at(schedule, progress)).toBeCloseTo(1, 6);
    for (const progress of [1 / 7 - 1e-9, 3 / 7 - 1e-9, 1, 1.5]) expect(at(schedule, progress)).toBeCloseTo(0.2, 6);
    expect(at(schedule, 2 / 7)).toBeCloseTo(0.6);
    expect(at(warmRestarts(1, { cycles: 4, growth: 1 }), 0.625)).toBeCloseTo(0.5);
  });
});

describe("schedules refuse", () => {
  it.each([
    ["cosine: floor must be from 0 to 1, but is 2.", () => cosine(1, { floor: 2 })],
    ["linear: floor must be from 0 to 1, but is -1.", () => linear(1, { floor: -1 })],
    ["exponential: floor must be over 0 and at most 1, but is 0.", () => exponential(1, { floor: 0 })],
    ["inverseSquareRoot: warmup must be 1 or more, but is 0.", () => inverseSquareRoot(1, { warmup: 0 })],
    ["stepDecay: factor must be from 0 to 1, but is 2.", () => stepDecay(1, { factor: 2 })],
    ["stepDecay: at[1] must be from 0 to 1, but is 75.", () => stepDecay(1, { at: [0.5, 75] })],
    ["oneCycle: rise must be between 0 and 1, but is 1.", () => oneCycle(1, { rise: 1 })],
    ["oneCycle: start must be from 0 to 1, but is 2.", () => oneCycle(1, { start: 2 })],
    ["oneCycle: rate must be 0 or more, but is NaN.", () => oneCycle(Number.NaN)],
    ["warmRestarts: cycles must be a whole number of at least 1, but is 1.5.", () => warmRestarts(1, { cycles: 1.5 })],
    ["warmRestarts: growth must be over 0, but is 0.", () => warmRestarts(1, { growth: 0 })],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});
