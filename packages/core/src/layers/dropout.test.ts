import { mul, ones, type Scalar, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { type Key, key, split } from "@refrain/sampling";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { dropout } from "./dropout.ts";

const training = (seed: number) => ({ training: key(seed) });

describe.each(BACKENDS)("dropout on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([0.1, 0.5, 0.9])("zeroes the share %d of the numbers and scales the rest, so that the mean stays", (rate) => {
    const out = [
      ...dropout({ rate })
        .apply({}, ones([100, 200]), training(1))
        .dataSync(),
    ];
    const dropped = out.filter((x) => x === 0).length / out.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(0.015);
    expectClose(
      out.filter((x) => x !== 0),
      new Array(out.filter((x) => x !== 0).length).fill(1 / (1 - rate)),
    );
    expect(Math.abs(out.reduce((a, b) => a + b) / out.length - 1)).toBeLessThan(0.06);
  });

  it("drops the same numbers for the same key, others for another", () => {
    const layer = dropout({ rate: 0.5 });
    const drawn = (mode: { training: Key }) => [...layer.apply({}, ones([64]), mode).dataSync()];
    expect(drawn(training(1))).toEqual(drawn(training(1)));
    expect(drawn(training(1))).not.toEqual(drawn(training(2)));
    expect(drawn(training(1))).not.toEqual(drawn({ training: split(key(1))[0] as Key }));
  });

  it("does nothing in inference, which is the default, nor at rate 0", () => {
    const x = some([3, 4], 1);
    expect(dropout({ rate: 0.5 }).apply({}, x)).toBe(x);
    expect(dropout({ rate: 0.5 }).apply({}, x, "inference")).toBe(x);
    expect(dropout({ rate: 0 }).apply({}, x, training(1))).toBe(x);
  });

  it("has true gradients: what was dropped gets none", () => {
    const layer = dropout({ rate: 0.4 });
    expectTrueGradients((x: Tensor) => mul(layer.apply({}, x, training(3)), x), some([4, 5], 2));
    const kept = layer.apply({}, ones([20]), training(3)).dataSync();
    const { gradients } = valueAndGrad((x: Tensor) => sum(layer.apply({}, x, training(3))) as Scalar)(ones([20]));
    expect(gradients.dataSync()).toEqual(kept);
  });

  it("leaks nothing", () => {
    const x = some([3, 4], 1);
    expectNoLeak(() => tidy(() => void dropout({ rate: 0.5 }).apply({}, x, training(1))));
  });
});

describe("dropout", () => {
  it("drops the same numbers on every backend", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.double({ min: 0.01, max: 0.99, noNaN: true }), async (seed, rate) => {
        const masks: number[][] = [];
        for (const backend of BACKENDS) {
          await useBackend(backend);
          masks.push([
            ...dropout({ rate })
              .apply({}, ones([40]), training(seed))
              .dataSync(),
          ]);
        }
        expect(masks[0]).toEqual(masks[1]);
      }),
      { numRuns: 30 },
    );
  });

  it.each([-0.1, 1, 1.5, Number.NaN])("refuses the rate %d", (rate) => {
    expect(() => dropout({ rate })).toThrow(RangeError);
    expect(() => dropout({ rate })).toThrow(`dropout: the rate must be at least 0 and under 1, but is ${rate}.`);
  });

  it("has no parameters, and a config that builds it again", () => {
    expect(dropout({ rate: 0.2 }).init(key(1))).toEqual({});
    expect(dropout({ rate: 0.2 })).toMatchObject({ kind: "dropout", config: { rate: 0.2 } });
  });
});
