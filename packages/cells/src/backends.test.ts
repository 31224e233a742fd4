import { useBackend } from "@refrain/core";
import { leaves, type TensorTree, valueAndGrad } from "@refrain/core";
import { add, mul, type Scalar, sum, type Tensor, tensor2d, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSameOnBoth, some } from "@refrain-tests/checks";
import { CELLS, roomy, someParams, someState, type State } from "./every-cell.test-helper.ts";
import type { RecurrentParams } from "./parameters.ts";
import { recurrence, type RecurrenceOutput } from "./recurrence.ts";

type All = { params: RecurrentParams; x: Tensor; state: State };

const batches = fc
  .record({
    batch: fc.integer({ min: 1, max: 6 }),
    time: fc.integer({ min: 1, max: 6 }),
    input: fc.integer({ min: 1, max: 20 }),
    hidden: fc.integer({ min: 1, max: 20 }),
    bias: fc.boolean(),
    reverse: fc.boolean(),
  })
  .chain((sizes) =>
    fc.tuple(
      fc.constant(sizes),
      fc.option(
        fc.array(fc.nat(sizes.time), { minLength: sizes.batch, maxLength: sizes.batch }).filter((lengths) => lengths.some((length) => length > 0)),
        { nil: undefined },
      ),
    ),
  );

/** Outputs, last state, and the gradients of a weighted sum of all of them. */
function everything(all: All, apply: (all: All) => RecurrenceOutput<State>): Tensor[] {
  const flat = ({ outputs, state }: RecurrenceOutput<State>) => [outputs, ...Object.values(state)];
  const loss = (a: All) =>
    flat(apply(a))
      .map((out, i) => sum(mul(out, some(out.shape, 50 + i))))
      .reduce((a, b) => add(a, b)) as Scalar;
  return [...flat(apply(all)), ...leaves(valueAndGrad(loss)(all).gradients as TensorTree)];
}

describe.each(CELLS)("recurrence of %s", (name, make) => {
  it("gives the same outputs, states and gradients on simd as on cpu", async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ([{ batch, time, reverse, ...sizes }, lengths]) => {
        const cell = make(roomy(name, sizes)),
          net = recurrence(cell, { reverse });
        await expectSameOnBoth(
          useBackend,
          () => {
            const all: All = { params: someParams(cell, 1), x: some([batch, time, sizes.input], 2), state: someState(cell, batch, 3) };
            return everything(all, ({ params, x, state }) => net.apply(params, { x: x as Tensor3D, state, lengths }));
          },
          1e-4,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("gives the same on simd as on cpu for rows of a table", async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ([{ batch, time, reverse, ...sizes }, lengths]) => {
        const cell = make(roomy(name, sizes)),
          net = recurrence(cell, { reverse });
        await expectSameOnBoth(
          useBackend,
          () => {
            const indices = tensor2d(
              Array.from({ length: batch * time }, (_, i) => (i * i) % 5),
              [batch, time],
              "int32",
            );
            const all: All = { params: someParams(cell, 1), x: some([5, sizes.input], 2), state: someState(cell, batch, 3) };
            return everything(all, ({ params, x, state }) => net.apply(params, { x: { table: x as Tensor2D, indices }, state, lengths }));
          },
          1e-4,
        );
      }),
      { numRuns: 15 },
    );
  });
});
