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

describe.each(await bothBuilds())("gelu of the $build kernels", (kernels) => {
  test.each([false, true])("and its gradient (by tanh: %s)", (byTanh) => {
    const x = Float32Array.from([...numbers(1, 301, 6), 0, -0, 12, -12]);
    const dOut = numbers(2, x.length);
    const { out, dX } = onHeap(kernels, (put) => {
      const [at, gradient, y, slope] = [put(x), put(dOut), put(empty(x.length)), put(empty(x.length))];
      kernels.run.geluForward(x.length, byTanh, at.at, y.at);
      kernels.run.geluBackward(x.length, byTanh, at.at, gradient.at, slope.at);
      return { out: y.floats(), dX: slope.floats() };
    });
    const expected = [...x].map((value) => exact(value, byTanh));
    expect(worst(out, expected)).toBeLessThan(1e-6);
    const slopes = [...x].map((value, i) => ((exact(value + 1e-4, byTanh) - exact(value - 1e-4, byTanh)) / 2e-4) * (dOut[i] as number));
    expect(worst(dX, slopes)).toBeLessThan(2e-6);
  });
});
