import { mapTree, useBackend } from "@refrain/core";
import {
  concat,
  fill,
  gather,
  reshape,
  slice,
  stack as pile,
  type Tensor,
  tensor1d,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  tensor3d,
  tidy,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { CELLS, roomy, someParams, someState, type State } from "./every-cell.test-helper.ts";
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

describe.each(BACKENDS.flatMap((backend) => CELLS.map(([name, make]) => ({ backend, name, make }))))(
  "recurrence of $name on $backend",
  ({ backend, name, make }) => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    it("gives what the cell gives step by step, from any state", () => {
      fc.assert(
        fc.property(batches, fc.boolean(), ({ batch, time, ...sizes }, given) =>
          tidy(() => {
            const cell = make(roomy(name, sizes)),
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
            const cell = make(roomy(name, sizes)),
              params = someParams(cell, 1),
              net = recurrence(cell);
            const x = some([batch, time, sizes.input], 2) as Tensor3D,
              state = someState(cell, batch, 3);
            const together = net.apply(params, { x, lengths, state });
            lengths.forEach((length, i) => {
              const one = <T extends Tensor>(tensor: T) => slice(tensor, [i, ...tensor.shape.slice(1).map(() => 0)], [1, ...tensor.shape.slice(1)]) as T;
              const start = mapTree(state, one);
              const alone =
                length > 0
                  ? net.apply(params, { x: slice(one(x), [0, 0, 0], [1, length, sizes.input]), state: start })
                  : { outputs: zeros([1, 0, cell.hiddenSize]), state: start };
              expectSame(one(together.outputs), concat([alone.outputs, zeros([1, time - length, cell.hiddenSize])], 1));
              expectSameState(mapTree(together.state, one), alone.state);
            });
          }),
        ),
        { numRuns: 20 },
      );
    });

    it("in reverse gives what it gives for each sequence turned round, turned back", () => {
      fc.assert(
        fc.property(padded, ([{ batch, time, ...sizes }, lengths]) =>
          tidy(() => {
            const cell = make(roomy(name, sizes)),
              params = someParams(cell, 1),
              state = someState(cell, batch, 3);
            // A gather whose rows say where each step comes from is its own way back.
            const turned = lengths.flatMap((length, i) => [...new Array(time).keys()].map((step) => i * time + (step < length ? length - 1 - step : step)));
            const turn = (x: Tensor3D) => reshape(gather(reshape(x, [batch * time, x.shape[2]]), tensor1d(turned, "int32")), x.shape) as Tensor3D;
            const x = some([batch, time, sizes.input], 2) as Tensor3D;
            const backwards = recurrence(cell, { reverse: true }).apply(params, { x, lengths, state });
            const forwards = recurrence(cell).apply(params, { x: turn(x), lengths, state });
            expectSame(backwards.outputs, turn(forwards.outputs));
            expectSameState(backwards.state, forwards.state);
          }),
        ),
        { numRuns: 20 },
      );
    });

    it.each([false, true])("does not look at the padding (in reverse: %s)", (reverse) => {
      const cell = make({ input: 3, hidden: 4 }),
        params = someParams(cell, 1),
        net = recurrence(cell, { reverse }),
        lengths = [2, 4, 1];
      const x = some([3, 4, 3], 2) as Tensor3D;
      const padding = tensor3d(
        lengths.flatMap((length) => [0, 1, 2, 3].map((step) => (step < length ? 0 : 1))),
        [3, 4, 1],
        "bool",
      );
      const a = net.apply(params, { x, lengths });
      for (const other of [some([3, 4, 3], 9, 100), fill([3, 4, 3], Number.NaN)]) {
        const b = net.apply(params, { x: where(padding, other, x) as Tensor3D, lengths });
        expect(b.outputs.dataSync()).toEqual(a.outputs.dataSync());
        for (const [name, field] of Object.entries(a.state)) expect(b.state[name]?.dataSync()).toEqual(field.dataSync());
      }
    });

    it.each([false, true])("looks up no row of a table for the padding (in reverse: %s)", (reverse) => {
      const cell = make({ input: 3, hidden: 4 }),
        params = someParams(cell, 1),
        net = recurrence(cell, { reverse }),
        lengths = [2, 3, 0];
      const table = some([5, 3], 2) as Tensor2D;
      const given = (padding: number) =>
        tensor2d(
          lengths.map((length) => [4, 0, 2].map((row, step) => (step < length ? row : padding))),
          [3, 3],
          "int32",
        );
      const [a, b] = [3, -7].map((padding) => net.apply(params, { x: { table, indices: given(padding) }, lengths }).outputs) as [Tensor, Tensor];
      expectSame(b, a);
      expectSame(a, net.apply(params, { x: gather(table, given(3)) as Tensor as Tensor3D, lengths }).outputs);
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
  },
);
