import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothBuilds, empty, numbers, onHeap, worst } from "./kernels.test.helper.ts";

type Settings = { readonly rate: number; readonly decay: number; readonly beta1: number; readonly beta2: number; readonly epsilon: number };

/** One step of AdamW as Loshchilov and Hutter write it (algorithm 2, with a schedule of 1), of one weight, in f64. */
function reference(
  [weight, first, second]: readonly [number, number, number],
  g: number,
  t: number,
  { rate, decay, beta1, beta2, epsilon }: Settings,
): [number, number, number] {
  const m = beta1 * first + (1 - beta1) * g;
  const v = beta2 * second + (1 - beta2) * g * g;
  const mHat = m / (1 - beta1 ** t);
  const vHat = v / (1 - beta2 ** t);
  return [weight - rate * (mHat / (Math.sqrt(vHat) + epsilon)) - rate * decay * weight, m, v];
}

const settings: fc.Arbitrary<Settings> = fc.record({
  rate: fc.constantFrom(1e-4, 1e-2, 0.3),
  decay: fc.constantFrom(0, 0.1),
  beta1: fc.constantFrom(0, 0.9),
  beta2: fc.constantFrom(0.95, 0.999),
  epsilon: fc.constantFrom(1e-8, 1e-3),
});

describe.each(await bothBuilds())("the $build kernels", (kernels) => {
  const { run } = kernels;

  test("adamw takes the paper's steps, into arrays of their own or over the old ones", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), fc.nat(), fc.boolean(), settings, (count, seed, inPlace, s) => {
        let state = Array.from(numbers(seed, count), (weight) => [weight, 0, 0] as [number, number, number]);
        onHeap(kernels, (put) => {
          const old = [put(numbers(seed, count)), put(new Float32Array(count)), put(new Float32Array(count))] as const;
          const fresh = inPlace ? old : ([put(empty(count)), put(empty(count)), put(empty(count))] as const);
          let [from, to] = [old, fresh];
          for (let t = 1; t <= 4; t++) {
            const gradients = numbers(seed + t, count);
            const [weights, first, second] = [from[0].at, from[1].at, from[2].at];
            const factors = [1 - s.rate * s.decay, s.beta1, s.beta2, s.rate / (1 - s.beta1 ** t), 1 / Math.sqrt(1 - s.beta2 ** t), s.epsilon] as const;
            run.adamw(count, weights, put(gradients).at, 0, first, second, ...factors, to[0].at, to[1].at, to[2].at);
            state = state.map((numbers, i) => reference(numbers, gradients[i] as number, t, s));
            for (const part of [0, 1, 2] as const) {
              const want = state.map((numbers) => numbers[part]);
              expect(worst(to[part].floats(), want), `part ${part}, step ${t}`).toBeLessThan(2e-5);
            }
            [from, to] = [to, from];
          }
        });
      }),
    );
  });

  test("a gradient of 0 moves nothing but by the decay", () => {
    onHeap(kernels, (put) => {
      const weights = put(Float32Array.of(1, -2, 3, 4, 5));
      const [gradients, first, second] = [0, 1, 2].map(() => put(new Float32Array(5)).at) as [number, number, number];
      run.adamw(5, weights.at, gradients, 0, first, second, 0.5, 0.9, 0.999, 1, 1, 1e-8, weights.at, first, second);
      expect([...weights.floats()]).toEqual([0.5, -1, 1.5, 2, 2.5]);
    });
  });
});
