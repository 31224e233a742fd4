import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

/** GELU and its derivative in f64: by the density's integral (Simpson's rule), or by the tanh formula. */
function exact(x: number, byTanh: boolean): number {
  if (byTanh) return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const steps = 2000;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let integral = density(0) + density(x);
  for (let i = 1; i < steps; i++) integral += (i % 2 === 1 ? 4 : 2) * density((x * i) / steps);
  return x * (0.5 + (integral * x) / (3 * steps));
}

const slopeOf = (x: number, byTanh: boolean): number => (exact(x + 1e-4, byTanh) - exact(x - 1e-4, byTanh)) / 2e-4;

describe.each(await bothBuilds())("gelu of the $build kernels", (kernels) => {
  test.each([false, true])("and its gradient (by tanh: %s)", (byTanh) => {
    const x = Float32Array.from([...numbers(1, 301, 6), 0, -0, 12, -12]);
    const dOut = numbers(2, x.length);
    const { out, dX } = onHeap(kernels, (put) => {
      const [at, gradient, y, slope] = [put(x), put(dOut), put(empty(x.length)), put(empty(x.length))];
      kernels.run.geluForward(x.length, byTanh, at.at, y.at, 0);
      kernels.run.geluBackward(x.length, byTanh, at.at, gradient.at, slope.at);
      return { out: y.floats(), dX: slope.floats() };
    });
    const expected = [...x].map((value) => exact(value, byTanh));
    expect(worst(out, expected)).toBeLessThan(1e-6);
    const slopes = [...x].map((value, i) => slopeOf(value, byTanh) * (dOut[i] as number));
    expect(worst(dX, slopes)).toBeLessThan(2e-6);
    // Both at once are each of them, also in the place of x.
    const both = onHeap(kernels, (put) => {
      const [at, y] = [put(x), put(empty(x.length))];
      kernels.run.geluForward(x.length, byTanh, at.at, y.at, at.at);
      return { out: y.floats(), slopes: at.floats() };
    });
    expect(worst(both.out, expected)).toBeLessThan(1e-6);
    expect(
      worst(
        both.slopes.map((slope, i) => slope * (dOut[i] as number)),
        slopes,
      ),
    ).toBeLessThan(2e-6);
  });

  test.each([false, true])("and its gradient hold at the ends of the floats (by tanh: %s)", (byTanh) => {
    const far = Float32Array.of(-5.9, -6, -14, -1e4, -1e15, -3e38);
    const both = (x: Float32Array) =>
      onHeap(kernels, (put) => {
        const [at, ones, y, slope] = [put(x), put(x.map(() => 1)), put(empty(x.length)), put(empty(x.length))];
        kernels.run.geluForward(x.length, byTanh, at.at, y.at, 0);
        kernels.run.geluBackward(x.length, byTanh, at.at, ones.at, slope.at);
        return [y.floats(), slope.floats()] as const;
      });
    const [low, lowSlopes] = both(far);
    expect([...low].map(Math.abs)).toEqual(Array(far.length).fill(0));
    expect(worst(lowSlopes.subarray(0, 2), [slopeOf(-5.9, byTanh), slopeOf(-6, byTanh)])).toBeLessThan(2e-8);
    expect(Math.max(...lowSlopes.subarray(2).map(Math.abs))).toBeLessThan(1e-30);
    const high = far.map((x) => -x);
    const [same, ones] = both(high);
    expect([...same]).toEqual([...high]);
    expect([...ones.subarray(2)]).toEqual(Array(4).fill(1));
    expect(both(Float32Array.of(Number.NaN)).map(([value]) => value)).toEqual([Number.NaN, Number.NaN]);
  });
});
