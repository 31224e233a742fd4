import { key, useBackend, valueAndGrad } from "@refrain/core";
import { scalar, type Scalar, sum, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { stabilizer } from "./stabilizer.ts";

describe.each(BACKENDS)("stabilizer on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([0.01, 1, 4, 30, 1000])("changes nothing at the start, with a steepness of %d", (steepness) => {
    const layer = stabilizer({ steepness }),
      x = some([3, 4], 1);
    expectClose(layer.apply(layer.init(key(1)), x).dataSync(), x.dataSync());
  });

  it("scales by log(1 + exp(steepness s)) / steepness, which is over 0", () => {
    fc.assert(
      fc.property(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: 0.5, max: 8, noNaN: true }), (s, steepness) => {
        const beta = Math.log1p(Math.exp(steepness * s)) / steepness;
        const found = stabilizer({ steepness })
          .apply({ s: scalar(s) }, scalar(1))
          .dataSync()[0] as number;
        expectClose([found], [beta], 1e-4);
        expect(found).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("has true gradients by s and by what it scales", () => {
    for (const s of [-0.5, 0, 1]) {
      const all = { params: { s: scalar(s) }, x: some([2, 3], 3) };
      expectTrueGradients(({ params, x }: typeof all) => stabilizer().apply(params, x), all);
    }
  });

  it("leaks nothing", () => {
    const layer = stabilizer(),
      params = layer.init(key(1)),
      x = some([2, 3], 1);
    expectNoLeak(() => tidy(() => void valueAndGrad((p: typeof params) => sum(layer.apply(p, x)) as Scalar)(params)));
  });
});

describe("stabilizer", () => {
  it("gives the same numbers on simd and on cpu", async () => {
    await expectSameOnBoth(useBackend, () => stabilizer().apply({ s: scalar(0.3) }, some([2, 3], 1)));
  });

  it("refuses a steepness that is none, and has a config that builds it again", () => {
    for (const steepness of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => stabilizer({ steepness })).toThrow(new RangeError(`stabilizer: steepness must be over 0 and finite, but is ${steepness}.`));
    expect(stabilizer()).toMatchObject({ kind: "stabilizer", config: { steepness: 4 } });
  });
});
