import { key, useBackend } from "@refrain/core";
import { concat, slice, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { multiHead } from "./multi-head.ts";
import type { MultiHeadConfig } from "./multi-head-config.ts";

const positions = fc.constantFrom("none" as const, "rotary" as const, "alibi" as const);
const causal = fc.record({
  positions,
  window: fc.integer({ min: 0, max: 4 }),
  keyValueHeads: fc.constantFrom(1, 2),
  rotaryPairs: fc.constantFrom("interleaved" as const, "half" as const),
});
const configOf = (drawn: Partial<MultiHeadConfig>): MultiHeadConfig => ({ features: 8, heads: 2, causal: true, ...drawn });
const steps = (x: Tensor3D, from: number, count: number): Tensor3D => slice(x, [0, from, 0], [-1, count, -1]);

describe.each(BACKENDS)("a causal multiHead on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("gives part by part, with the keys and values of the past, what it gives at once", () => {
    fc.assert(
      fc.property(causal, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), fc.boolean(), fc.nat(99), (drawn, parts, weights, seed) =>
        tidy(() => {
          const layer = multiHead(configOf(drawn)),
            params = layer.init(key(seed));
          const time = parts.reduce((a, b) => a + b, 0);
          const x = some([2, time, 8], seed) as Tensor3D;
          let past: Tensor3D | undefined;
          let first = 0;
          const outputs = parts.map((count) => {
            const next = layer.apply(params, { query: steps(x, first, count), past, weights });
            [past, first] = [next.keyValues, first + count];
            return next.output;
          });
          const whole = layer.apply(params, { query: x });
          expectClose(concat(outputs, 1).dataSync(), whole.output.dataSync());
          expectClose((past as Tensor3D).dataSync(), whole.keyValues.dataSync());
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("never lets later inputs change earlier outputs", () => {
    fc.assert(
      fc.property(causal, fc.integer({ min: 1, max: 5 }), fc.nat(99), (drawn, kept, seed) =>
        tidy(() => {
          const layer = multiHead(configOf(drawn)),
            params = layer.init(key(seed));
          const x = some([2, 6, 8], seed) as Tensor3D;
          const changed = concat([steps(x, 0, kept), some([2, 6 - kept, 8], seed + 1, 10)], 1) as Tensor3D;
          const early = (query: Tensor3D) => [...steps(layer.apply(params, { query }).output, 0, kept).dataSync()];
          expectClose(early(changed), early(x), 1e-6);
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("never looks at padding, whatever stands there", () => {
    fc.assert(
      fc.property(causal, fc.boolean(), fc.integer({ min: 1, max: 5 }), fc.nat(99), (drawn, isCausal, length, seed) =>
        tidy(() => {
          const layer = multiHead({ ...configOf(drawn), causal: isCausal, window: isCausal ? drawn.window : 0 }),
            params = layer.init(key(seed));
          const x = some([1, 6, 8], seed) as Tensor3D;
          const changed = concat([steps(x, 0, length), some([1, 6 - length, 8], seed + 1, 10)], 1) as Tensor3D;
          const real = (query: Tensor3D, lengths?: number[]) => [...steps(layer.apply(params, { query, keyLengths: lengths }).output, 0, length).dataSync()];
          expectClose(real(changed, [length]), real(x, [length]), 1e-6);
          expectClose(real(changed, [length]), real(steps(x, 0, length)), 1e-5);
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("sees no further back than its window", () => {
    const layer = multiHead(configOf({ window: 2 })),
      params = layer.init(key(1));
    const x = some([1, 5, 8], 1) as Tensor3D;
    const changed = concat([some([1, 3, 8], 9), steps(x, 3, 2)], 1) as Tensor3D;
    const last = (query: Tensor3D) => [...steps(layer.apply(params, { query }).output, 4, 1).dataSync()];
    expect(last(changed)).toEqual(last(x));
    const all = multiHead(configOf({}));
    expect([...all.apply(params, { query: changed }).output.dataSync()].slice(-8)).not.toEqual(
      [...all.apply(params, { query: x }).output.dataSync()].slice(-8),
    );
  });
});
