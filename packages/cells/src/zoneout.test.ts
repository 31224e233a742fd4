import { type Key, key, useBackend } from "@refrain/core";
import { fill, type Tensor, type Tensor2D, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { type AnyCell, CELLS, roomy, someParams, someState } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { recurrence } from "./recurrence.ts";
import { rnn } from "./rnn.ts";
import { variationalDropout } from "./variational-dropout.ts";
import { zoneout } from "./zoneout.ts";

const training = (seed: number): { training: Key } => ({ training: key(seed) });
const numbers = (tensor: Tensor | undefined) => [...(tensor?.dataSync() ?? [])];

describe.each(BACKENDS)("zoneout on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CELLS)("of %s mixes the last state in as expected in inference, and shows the mixed h", (name, make) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.double({ min: 0, max: 0.99, noNaN: true }), (input, hidden, rate) =>
        tidy(() => {
          const cell = make(roomy(name, { input, hidden })),
            params = someParams(cell, 1),
            state = someState(cell, 2, 2),
            x = some([2, input], 3) as Tensor2D;
          const plain = cell.step(params, state, x).state,
            mixed = zoneout(cell, { rate }).step(params, state, x);
          for (const field of Object.keys(state) as "h"[]) {
            const last = numbers(state[field]);
            expectClose(
              numbers(mixed.state[field]),
              numbers(plain[field]).map((next, i) => rate * (last[i] as number) + (1 - rate) * next),
            );
          }
          expect(numbers(mixed.output)).toEqual(numbers(mixed.state.h));
        }),
      ),
      { numRuns: 10 },
    );
  });

  it("keeps the share of units that the rate names while training, each field's own, and leaves the others alone", () => {
    const cell = lstm({ input: 2, hidden: 100 }),
      zoned = zoneout(cell, { rate: { h: 0.05, c: 0.5 } });
    const params = cell.init(key(1)),
      state = { h: fill([100, 100], 7), c: fill([100, 100], 9) } as { h: Tensor2D; c: Tensor2D },
      x = some([100, 2], 3) as Tensor2D;
    const prepared = zoned.prepare?.(key(1), [...new Array(100).keys()]) as typeof zoned;
    const plain = cell.step(params, state, x).state;
    const kept = [prepared.step(params, state, x), prepared.step(params, state, x)].map((found) => {
      expect(numbers(found.output)).toEqual(numbers(found.state.h));
      return (
        [
          ["h", 7, 0.05],
          ["c", 9, 0.5],
        ] as const
      ).map(([field, last, rate]) => {
        const [values, next] = [numbers(found.state[field]), numbers(plain[field])];
        const masks = values.map((value) => value === last);
        values.forEach((value, i) => expect(value).toBe(masks[i] ? last : next[i]));
        expect(Math.abs(masks.filter(Boolean).length / masks.length - rate)).toBeLessThan(0.015);
        return masks;
      });
    });
    // Drawn anew at each step, and for each field.
    expect(kept[0]?.[1]).not.toEqual(kept[1]?.[1]);
    const both = (kept[0]?.[0] ?? []).filter((h, i) => h && kept[0]?.[1]?.[i]).length / 10_000;
    expect(Math.abs(both - 0.05 * 0.5)).toBeLessThan(0.01);
  });

  it("gives the same for the same key, otherwise for another; in inference always the same", () => {
    const net = recurrence(zoneout(gru({ input: 2, hidden: 4 }), { rate: 0.4 })),
      params = net.init(key(1)),
      x = some([3, 5, 2], 2) as Tensor3D;
    const outputs = (mode?: { training: Key }) => numbers(net.apply(params, { x, lengths: [2, 5, 3] }, mode).outputs);
    expect(outputs(training(1))).toEqual(outputs(training(1)));
    expect(outputs(training(1))).not.toEqual(outputs(training(2)));
    expect(outputs()).toEqual(outputs());
    expect(outputs(training(1))).not.toEqual(outputs());
  });

  it("draws for a sequence whatever the lengths of the others", () => {
    const net = recurrence(zoneout(rnn({ input: 2, hidden: 6 }), { rate: 0.5 })),
      params = net.init(key(1)),
      x = some([3, 4, 2], 2) as Tensor3D;
    const second = (lengths: number[]) => numbers(net.apply(params, { x, lengths }, training(1)).outputs).slice(24, 48);
    expectClose(second([1, 4, 2]), second([4, 4, 4]));
  });

  it.each(["h", "c"] as const)("has true gradients for one key, with a rate for %s alone", (field) => {
    const net = recurrence(zoneout(lstm({ input: 2, hidden: 2 }), { rate: { [field]: 0.5 } }));
    const all = { params: net.init(key(3)), x: some([2, 3, 2], 4), state: { h: some([2, 2], 5), c: some([2, 2], 6) } };
    for (const mode of ["inference", training(7)] as const)
      expectTrueGradients(
        ({ params, x, state }: typeof all) => {
          const found = net.apply(params, { x: x as Tensor3D, state: state as never, lengths: [3, 2] }, mode);
          return [found.outputs, found.state.c];
        },
        all,
        5e-3,
      );
  });

  it("draws for a cell inside that draws as well", () => {
    const inner = variationalDropout(rnn({ input: 3, hidden: 8 }), { input: 0.5, recurrent: 0.5 });
    const outputs = (cell: AnyCell, seed: number) =>
      numbers(recurrence(cell).apply(cell.init(key(1)), { x: some([2, 3, 3], 2) as Tensor3D }, training(seed)).outputs);
    const both = zoneout(inner, { rate: 0.5 }) as AnyCell;
    expect(outputs(both, 1)).toEqual(outputs(both, 1));
    expect(outputs(both, 1)).not.toEqual(outputs(zoneout(rnn({ input: 3, hidden: 8 }), { rate: 0.5 }) as AnyCell, 1));
  });

  it("leaks nothing, in training and in inference", () => {
    const net = recurrence(zoneout(lstm({ input: 2, hidden: 3 }), { rate: 0.3 })),
      params = net.init(key(1)),
      x = some([2, 3, 2], 1) as Tensor3D;
    expectNoLeak(() => tidy(() => void net.apply(params, { x, lengths: [1, 3] })));
    expectNoLeak(() => tidy(() => void net.apply(params, { x, lengths: [1, 3] }, training(1))));
  });
});

describe("zoneout", () => {
  it("keeps the same units on every backend", async () => {
    const net = recurrence(zoneout(gru({ input: 2, hidden: 5 }), { rate: 0.5 }), { reverse: true });
    await expectSameOnBoth(useBackend, () => net.apply(net.init(key(1)), { x: some([3, 4, 2], 1) as Tensor3D, lengths: [2, 4, 0] }, training(3)).outputs);
  });

  it.each([-0.1, 1, Number.NaN])("refuses the rate %d", (rate) => {
    expect(() => zoneout(rnn({ input: 1, hidden: 1 }), { rate })).toThrow(`zoneout: rate must be at least 0 and under 1, but is ${rate}.`);
    expect(() => zoneout(rnn({ input: 1, hidden: 1 }), { rate: { h: rate } })).toThrow(
      `zoneout: the rate of h must be at least 0 and under 1, but is ${rate}.`,
    );
  });

  it("refuses a rate of a field that the state has not", async () => {
    await useBackend("simd");
    const cell = zoneout(rnn({ input: 1, hidden: 2 }), { rate: { c: 0.5 } });
    expect(() => cell.step(cell.init(key(1)), cell.initialState(1), zeros([1, 1]))).toThrow("zoneout: there is a rate for c, but the state has h.");
  });

  it("has a config that builds it again, and the cell's parameters and sizes", () => {
    const cell = lstm({ input: 2, hidden: 3, projection: 2 });
    expect(zoneout(cell, { rate: { c: 0.5 } })).toMatchObject({
      kind: "zoneout",
      config: { cell: { kind: "lstm", config: cell.config }, rate: { c: 0.5 } },
      inputSize: 2,
      hiddenSize: 2,
    });
  });
});
