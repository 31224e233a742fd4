import { disposeTree, leaves, memoryInUse, useBackend } from "@refrain/core";
import { engine, mul, scalar, tensor1d, type Tensor1D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak } from "@refrain-tests/checks";
import { adagrad } from "./adagrad.ts";
import { adam } from "./adam.ts";
import { adamw } from "./adamw.ts";
import { clipByGlobalNorm, globalNorm } from "./clip-by-global-norm.ts";
import { clippingScale } from "./clipping-scale.ts";
import { lion } from "./lion.ts";
import type { Optimizer } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

type Params = { w: Tensor1D };

const OPTIMIZERS: Record<string, Optimizer> = {
  adamw: adamw(),
  adam: adam(),
  sgd: sgd(),
  "sgd with momentum": sgd({ momentum: 0.9 }),
  "sgd with Nesterov's momentum": sgd({ momentum: 0.9, nesterov: true }),
  rmsprop: rmsprop(),
  "rmsprop, centered, with momentum": rmsprop({ centered: true, momentum: 0.5 }),
  adagrad: adagrad(),
  "adagrad with a falling rate": adagrad({ initial: 0.1, rateDecay: 0.2 }),
  lion: lion(),
  "lion with weight decay": lion({ decay: 0.1 }),
};

/** Weights after some updates by the same gradient, on a backend. */
async function updated(backend: "simd" | "cpu", optimizer: (typeof OPTIMIZERS)[string], byScale = false): Promise<number[]> {
  await useBackend(backend);
  return engine().tidy(() => {
    let params: Params = { w: tensor1d([1, -2, 3, 0.5, 7]) };
    let state = optimizer.init(params);
    for (let step = 1; step <= 5; step++) {
      const w = tensor1d([0.1, -0.2, 0.3, 4, -5]);
      // Gradients of twice the size are halved.
      const at = { step, rate: 0.05, ...(byScale && { scale: scalar(0.5) }) };
      ({ params, state } = optimizer.update({ w: byScale ? mul(w, 2) : w }, state, params, at));
    }
    return [...params.w.dataSync()];
  });
}

describe.each(Object.entries(OPTIMIZERS))("%s", (_, optimizer) => {
  it("gives the same weights on simd and on cpu", async () => {
    const [ours, reference] = [await updated("simd", optimizer), await updated("cpu", optimizer)];
    ours.forEach((weight, i) => expect(weight).toBeCloseTo(reference[i] as number, 5));
  });

  it.each(["simd", "cpu"] as const)("multiplies gradients by a scale first, on %s", async (backend) => {
    expect(optimizer.scales).toBe(true);
    expect(await updated(backend, optimizer, true)).toEqual(await updated(backend, optimizer));
  });

  it("moves against the gradient", async () => {
    const [first] = await updated("simd", optimizer);
    expect(first).toBeLessThan(1);
  });

  it("makes new trees and leaks nothing", async () => {
    await useBackend("simd");
    const params: Params = { w: tensor1d([1, 2, 3]) },
      gradients: Params = { w: tensor1d([1, 1, 1]) };
    const state = optimizer.init(params);
    const before = memoryInUse().tensors;
    const next = optimizer.update(gradients, state, params, { step: 1, rate: 0.1 });
    expect([...params.w.dataSync()]).toEqual([1, 2, 3]);
    const made = next.state === state ? leaves(next.params) : leaves([next.params, next.state]);
    expect(memoryInUse().tensors - before).toBe(made.length);
    disposeTree([params, gradients, state, ...made]);
  });

  it("refuses gradients and state that are not shaped as the parameters, which broadcasting would hide", () =>
    engine().tidy(() => {
      const params: Params = { w: tensor1d([1, 2, 3]) },
        one: Params = { w: tensor1d([1]) },
        at = { step: 1, rate: 0.1 };
      const { kind, init, update } = optimizer;
      const state = init(params);
      expect(() => update(one, state, params, at)).toThrow(`${kind}: the gradients must be shaped as the parameters, where w is [3], but it is [1] there.`);
      const [part] = Object.keys(state);
      if (part === undefined) return;
      expect(() => update(params, init(one), params, at)).toThrow(`${kind}: the state's ${part} must be shaped as the parameters`);
      expect(() => update(params, {}, params, at)).toThrow(/but it is missing there\. Begin with init\(params\)\./);
    }));
});

/** Rules of one number, in float64, with what each remembers kept outside. */
const DEFINITIONS: readonly [string, Optimizer, () => (w: number, g: number, rate: number, t: number) => number][] = [
  [
    "rmsprop",
    rmsprop({ beta: 0.8, epsilon: 1e-3, momentum: 0.7, centered: true }),
    () => {
      let [s, m, v] = [0, 0, 0];
      return (w, g, rate) => {
        s = 0.8 * s + 0.2 * g * g;
        m = 0.8 * m + 0.2 * g;
        v = 0.7 * v + g / (Math.sqrt(s - m * m) + 1e-3);
        return w - rate * v;
      };
    },
  ],
  [
    "adagrad",
    adagrad({ epsilon: 1e-3, initial: 0.5, rateDecay: 0.1 }),
    () => {
      let s = 0.5;
      return (w, g, rate, t) => {
        s += g * g;
        return w - ((rate / (1 + (t - 1) * 0.1)) * g) / (Math.sqrt(s) + 1e-3);
      };
    },
  ],
  [
    "lion",
    lion({ beta1: 0.8, beta2: 0.95, decay: 0.3 }),
    () => {
      let m = 0;
      return (w, g, rate) => {
        const sum = 0.8 * m + 0.2 * g;
        m = 0.95 * m + 0.05 * g;
        // Beside 0 the last bit says which way it goes.
        return Math.abs(sum) < 1e-5 ? Number.NaN : w - rate * (Math.sign(sum) + 0.3 * w);
      };
    },
  ],
];

describe.each(BACKENDS)("on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(DEFINITIONS)("%s is its definition", (_, optimizer, define) => {
    const gradients = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(gradients, fc.double({ min: -3, max: 3, noNaN: true }), (steps, start) =>
        engine().tidy(() => {
          const next = define();
          let params = { w: scalar(start) },
            state = optimizer.init(params),
            expected = start;
          steps.forEach((tenths, i) => {
            const [g, rate, step] = [tenths / 10, 0.05 + 0.01 * i, i + 1];
            ({ params, state } = optimizer.update({ w: scalar(g) }, state, params, { step, rate }));
            expected = next(expected, g, rate, step);
          });
          fc.pre(!Number.isNaN(expected));
          expectClose(params.w.dataSync(), [expected], 1e-4);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it("rmsprop, centered, stays finite where the gradient is the same for ever", () =>
    engine().tidy(() => {
      const optimizer = rmsprop({ centered: true, beta: 0.5 });
      let params: Params = { w: tensor1d([1, 2]) },
        state = optimizer.init(params);
      for (let step = 1; step <= 100; step++) ({ params, state } = optimizer.update({ w: tensor1d([0.1, -3e3]) }, state, params, { step, rate: 1e-9 }));
      expect([...params.w.dataSync()].every(Number.isFinite)).toBe(true);
    }));

  it("lion moves every weight by the rate, and those without any gradient not at all", () =>
    engine().tidy(() => {
      const params: Params = { w: tensor1d([1, 1, 1]) };
      const next = lion().update({ w: tensor1d([1e-6, -1e6, 0]) }, lion().init(params), params, { step: 1, rate: 0.25 });
      expect([...next.params.w.dataSync()]).toEqual([0.75, 1.25, 1]);
    }));

  it("adam is adamw without decay", () =>
    engine().tidy(() => {
      const [a, b] = [adam({ beta1: 0.5 }), adamw({ beta1: 0.5, decay: 0 })].map((optimizer) => {
        const params: Params = { w: tensor1d([1, -2]) };
        return optimizer.update({ w: tensor1d([3, 4]) }, optimizer.init(params), params, { step: 1, rate: 0.1 }).params.w.dataSync();
      });
      expect(a).toEqual(b);
    }));
});

describe("optimizers refuse", () => {
  it.each([
    ["adamw: beta1 must be from 0 to under 1, but is 1.", () => adamw({ beta1: 1 })],
    ["adamw: decay must be 0 or more, but is -1.", () => adamw({ decay: -1 })],
    ["sgd: momentum must be from 0 to under 1, but is 1.", () => sgd({ momentum: 1 })],
    ["sgd: Nesterov's look-ahead needs a momentum over 0.", () => sgd({ nesterov: true })],
    ["rmsprop: beta must be from 0 to under 1, but is -0.1.", () => rmsprop({ beta: -0.1 })],
    ["rmsprop: momentum must be from 0 to under 1, but is 2.", () => rmsprop({ momentum: 2 })],
    ["rmsprop: epsilon must be 0 or more, but is NaN.", () => rmsprop({ epsilon: Number.NaN })],
    ["adagrad: initial must be 0 or more, but is -1.", () => adagrad({ initial: -1 })],
    ["adagrad: rateDecay must be 0 or more, but is -1.", () => adagrad({ rateDecay: -1 })],
    ["lion: beta2 must be from 0 to under 1, but is 1.", () => lion({ beta2: 1 })],
    ["lion: decay must be 0 or more, but is -1.", () => lion({ decay: -1 })],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});

describe("clipByGlobalNorm", () => {
  beforeAll(async () => {
    await useBackend("simd");
  });

  it("leaves no norm above the limit, and gradients under it as they are", () => {
    const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(numbers, numbers, fc.float({ min: 0.125, max: 50, noNaN: true }), (a, b, limit) =>
        engine().tidy(() => {
          const { gradients, norm } = clipByGlobalNorm({ a: tensor1d(a), b: [tensor1d(b)] }, limit);
          const before = norm.dataSync()[0] as number,
            after = globalNorm(gradients).dataSync()[0] as number;
          expect(before).toBeCloseTo(Math.hypot(...a, ...b), 2);
          expect(after).toBeLessThanOrEqual(limit * 1.00001);
          if (before < limit * 0.999) expect([...gradients.a.dataSync()]).toEqual([...Float32Array.from(a)]);
        }),
      ),
    );
  });

  it("refuses a limit that is not over 0", () => {
    const a = scalar(1);
    expectNoLeak(() => {
      expect(() => clipByGlobalNorm({ a }, 0)).toThrow("clipByGlobalNorm: limit must be over 0, but is 0.");
      expect(() => clippingScale(a, Number.NaN)).toThrow("clippingScale: limit must be over 0, but is NaN.");
    });
  });
});
