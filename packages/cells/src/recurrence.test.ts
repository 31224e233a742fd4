import { useBackend } from "@refrain/core";
import { concat, reshape, slice, stack as pile, type Tensor, type Tensor2D, type Tensor3D, tensor3d, tidy, where, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { CELLS, someParams, someState, type State } from "./every-cell.test-helper.ts";
import { recurrence } from "./recurrence.ts";

const batches = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  time: fc.integer({ min: 1, max: 5 }),
  input: fc.integer({ min: 1, max: 6 }),
  hidden: fc.integer({ min: 1, max: 6 }),
  bias: fc.boolean(),
});
const padded = batches.chain((sizes) => fc.tuple(fc.constant(sizes), fc.array(fc.nat(sizes.time), { minLength: sizes.batch, maxLength: sizes.batch })));

const expectSame = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  expectClose(a.dataSync(), b.dataSync());
};
const expectSameState = (a: State, b: State) => {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, field] of Object.entries(a)) expectSame(field, b[name] as Tensor);
};

describe.each(BACKENDS.flatMap((backend) => CELLS.map(([name, make]) => ({ backend, name, make }))))("recurrence of $name on $backend", ({ backend, make }) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("gives what the cell gives step by step, from any state", () => {
    fc.assert(
      fc.property(batches, fc.boolean(), ({ batch, time, ...sizes }, given) =>
        tidy(() => {
          const cell = make(sizes),
            params = someParams(cell, 1),
            x = some([batch, time, sizes.input], 2) as Tensor3D;
          let state = given ? someState(cell, batch, 3) : cell.initialState(batch);
          const whole = recurrence(cell).apply(params, { x, ...(given && { state }) });
          const outputs = Array.from({ length: time }, (_, step) => {
            const next = cell.step(params, state, reshape(slice(x, [0, step, 0], [batch, 1, sizes.input]), [batch, sizes.input]) as Tensor2D);
            state = next.state;
            return next.output;
          });
          expectSame(whole.outputs, pile(outputs, 1));
          expectSameState(whole.state, state);
        }),
      ),
      { numRuns: 25 },
    );
  });

  it("goes on from the state that the first half left", () => {
    const cell = make({ input: 3, hidden: 4 }),
      params = someParams(cell, 1),
      net = recurrence(cell);
    const x = some([2, 5, 3], 2) as Tensor3D;
    const whole = net.apply(params, { x });
    const first = net.apply(params, { x: slice(x, [0, 0, 0], [2, 2, 3]) });
    const second = net.apply(params, { x: slice(x, [0, 2, 0], [2, 3, 3]), state: first.state });
    expectSame(concat([first.outputs, second.outputs], 1), whole.outputs);
    expectSameState(second.state, whole.state);
  });

  it("gives each sequence of a batch what it gives on its own, and zeros beyond its length", () => {
    fc.assert(
      fc.property(padded, ([{ batch, time, ...sizes }, lengths]) =>
        tidy(() => {
          const cell = make(sizes),
            params = someParams(cell, 1),
            net = recurrence(cell);
          const x = some([batch, time, sizes.input], 2) as Tensor3D,
            state = someState(cell, batch, 3);
          const together = net.apply(params, { x, lengths, state });
          lengths.forEach((length, i) => {
            const one = <T extends Tensor>(tensor: T) => slice(tensor, [i, ...tensor.shape.slice(1).map(() => 0)], [1, ...tensor.shape.slice(1)]) as T;
            const start = Object.fromEntries(Object.entries(state).map(([name, field]) => [name, one(field)]));
            const alone =
              length > 0
                ? net.apply(params, { x: slice(one(x), [0, 0, 0], [1, length, sizes.input]), state: start })
                : { outputs: zeros([1, 0, sizes.hidden]), state: start };
            expectSame(one(together.outputs), concat([alone.outputs, zeros([1, time - length, sizes.hidden])], 1));
            expectSameState(Object.fromEntries(Object.entries(together.state).map(([name, field]) => [name, one(field)])), alone.state);
          });
        }),
      ),
      { numRuns: 20 },
    );
  });

  it("does not look at the padding", () => {
    const cell = make({ input: 3, hidden: 4 }),
      params = someParams(cell, 1),
      net = recurrence(cell),
      lengths = [2, 4, 1];
    const x = some([3, 4, 3], 2) as Tensor3D;
    const padding = tensor3d(
      lengths.flatMap((length) => [0, 1, 2, 3].map((step) => (step < length ? 0 : 1))),
      [3, 4, 1],
      "bool",
    );
    const other = where(padding, some([3, 4, 3], 9, 100), x) as Tensor3D;
    const [a, b] = [net.apply(params, { x, lengths }), net.apply(params, { x: other, lengths })];
    expect(b.outputs.dataSync()).toEqual(a.outputs.dataSync());
    for (const [name, field] of Object.entries(a.state)) expect(b.state[name]?.dataSync()).toEqual(field.dataSync());
  });

  it("treats lengths that are all full as none given", () => {
    const cell = make({ input: 2, hidden: 3 }),
      params = someParams(cell, 1),
      net = recurrence(cell),
      x = some([2, 3, 2], 2) as Tensor3D;
    const [a, b] = [net.apply(params, { x }), net.apply(params, { x, lengths: [3, 3] })];
    expectSame(a.outputs, b.outputs);
    expectSameState(a.state, b.state);
  });
});
