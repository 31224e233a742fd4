import { describe, expect, test } from "vitest";
import { bothBuilds, empty, onHeap } from "./kernels.test.helper.ts";
import type { Kernels } from "./kernels.ts";
import { UNARY } from "./operations.ts";

type Name = (typeof UNARY)[number];

/** Every 4093rd bit pattern: about a million floats of every sign, exponent and kind. 4093 is prime, so that no exponent is favoured. */
const STRIDE = 4093;
/** Where branches, clamps and the float range end. */
const EDGES = [
  88.72, 88.7228, 88.73, 87, 86.99999, 87.00001, 87.33, 87.34, 103.97, 103.98, 104, 9.01, 9.00999, 9.0101, 9.6, 9.59999, 3.93, 3.93001, 4.1, 4.09999, 1e-45,
  1e-40, 1.1754944e-38,
];
/** Where all 2^32 patterns, walked once, had the largest errors: exp of both builds, sigmoid, tanh of both builds. */
const WORST = [5.19933557510376, -59.921878814697266, 70.39690399169922, -81.39479064941406, -16.635704040527344, 8.748088836669922, 6.819222450256348];
const WALK = new Float32Array(Uint32Array.from({ length: 2 ** 32 / STRIDE }, (_, i) => i * STRIDE).buffer);
const FLOATS = new Float32Array([...EDGES, ...EDGES.map((x) => -x), ...WORST, 0, -0, Infinity, -Infinity, ...WALK]);
const NUMBERS = FLOATS.filter((x) => !Number.isNaN(x));

function compute(kernels: Kernels, name: Name, values: Float32Array): Float32Array {
  return onHeap(kernels, (put) => {
    const x = put(values);
    const out = put(empty(values.length));
    kernels.run.unary(UNARY.indexOf(name), values.length, x.at, out.at);
    return out.floats();
  });
}

const EXPONENT = new DataView(new ArrayBuffer(8));

/** What the last place of a float near `exact` counts; the denormals' for all below the normal numbers. */
function lastPlace(exact: number): number {
  EXPONENT.setFloat64(0, exact);
  return 2 ** (Math.max(((EXPONENT.getUint16(0) >> 4) & 0x7ff) - 1023, -126) - 23);
}

/** The largest error in units of the last place among those `values` that `where` picks. */
function largestError(kernels: Kernels, name: Name, exact: (x: number) => number, where: (x: number) => boolean): number {
  const values = NUMBERS.filter(where);
  return compute(kernels, name, values).reduce((most, got, i) => {
    const want = exact(values[i] as number);
    return got === Math.fround(want) ? most : Math.max(most, Math.abs(got - want) / lastPlace(want));
  }, 0.5);
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** By a series of which no term is negative, so that nothing cancels (Abramowitz and Stegun 7.1.6). */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x,
    sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const SMALLEST_NORMAL = 2 ** -126;

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const at = (name: Name, ...values: number[]) => [...compute(kernels, name, new Float32Array(values))];

  test("exp is right within 1.01 ULP where the result is a normal number", () => {
    expect(largestError(kernels, "exp", Math.exp, (x) => Math.exp(x) >= SMALLEST_NORMAL)).toBeLessThanOrEqual(1.01);
  });

  test("exp is right within one smallest denormal below", () => {
    expect(largestError(kernels, "exp", Math.exp, (x) => Math.exp(x) < SMALLEST_NORMAL)).toBeLessThanOrEqual(1);
  });

  test("sigmoid is right within 3 ULP from -87 up, and under 2e-38 below", () => {
    expect(largestError(kernels, "sigmoid", sigmoid, (x) => x >= -87)).toBeLessThanOrEqual(3);
    const low = compute(
      kernels,
      "sigmoid",
      NUMBERS.filter((x) => x < -87),
    );
    expect(low.every((y) => y >= 0 && y < 2e-38)).toBe(true);
  });

  test("tanh is right within 7 ULP", () => {
    expect(largestError(kernels, "tanh", Math.tanh, () => true)).toBeLessThanOrEqual(7);
  });

  test("erf is right within 8 ULP", () => {
    expect(largestError(kernels, "erf", erf, () => true)).toBeLessThanOrEqual(8);
  });

  test("erf stays from -1 to 1", () => {
    expect(compute(kernels, "erf", NUMBERS).every((y) => y >= -1 && y <= 1)).toBe(true);
  });

  test("sigmoid stays from 0 to 1", () => {
    expect(compute(kernels, "sigmoid", NUMBERS).every((y) => y >= 0 && y <= 1)).toBe(true);
  });

  test("tanh stays from -1 to 1", () => {
    expect(compute(kernels, "tanh", NUMBERS).every((y) => y >= -1 && y <= 1)).toBe(true);
  });

  test.each(["exp", "sigmoid", "tanh", "erf"] as const)("%s of NaN is NaN", (name) => {
    expect(at(name, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN)).toEqual(Array(5).fill(Number.NaN));
  });

  const spoilt = (name: Name) => {
    const bits = Uint32Array.from({ length: 2 ** 23 / STRIDE }, (_, i) => 0x7f80_0001 + i * STRIDE);
    const notNumbers = new Float32Array(Uint32Array.from([...bits, ...bits.map((b) => b | 0x8000_0000)]).buffer);
    return compute(kernels, name, notNumbers).filter((y) => !Number.isNaN(y)).length;
  };
  test.each(["exp", "tanh", "erf"] as const)("%s of NaN is NaN, whatever its bits", (name) => {
    expect(spoilt(name)).toBe(0);
  });

  test("sigmoid of NaN is NaN, whatever its bits", () => {
    expect(spoilt("sigmoid")).toBe(0);
  });

  test("the ends are exact", () => {
    expect(at("exp", 0, -0, Infinity, -Infinity, 88.73, -104)).toEqual([1, 1, Infinity, 0, Infinity, 0]);
    expect(at("sigmoid", 0, -0, Infinity, 20)).toEqual([0.5, 0.5, 1, 1]);
    expect(at("tanh", 0, -0, 1e-45, -1e-40)).toEqual([0, -0, Math.fround(1e-45), Math.fround(-1e-40)]);
  });

  test("tanh and erf are 1 exactly, and not the number before it, where they level out", () => {
    expect(at("tanh", 9.6, -9.6, 9.7, 100, Infinity, -Infinity)).toEqual([1, -1, 1, 1, 1, -1]);
    expect(at("erf", 4.1, -4.1, 4.2, 100, Infinity, -Infinity)).toEqual([1, -1, 1, 1, 1, -1]);
  });

  test("a number's result does not depend on its place in the array", () => {
    const few = NUMBERS.filter((_, i) => i % 1000 === 0);
    for (const name of ["exp", "sigmoid", "tanh", "erf"] as const) {
      const wide = compute(kernels, name, few);
      expect(
        [...few].map((x) => at(name, x)[0]),
        name,
      ).toEqual([...wide]);
    }
  });
});
