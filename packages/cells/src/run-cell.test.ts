import { type Cell, key, planSequences, useBackend } from "@refrain/core";
import { type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, some } from "@refrain-tests/checks";
import { lstm } from "./lstm.ts";
import { runCell } from "./run-cell.ts";

const padded = fc
  .record({ batch: fc.integer({ min: 1, max: 5 }), time: fc.integer({ min: 1, max: 6 }), reverse: fc.boolean() })
  .chain((sizes) => fc.tuple(fc.constant(sizes), fc.array(fc.nat(sizes.time), { minLength: sizes.batch, maxLength: sizes.batch })));

/** A cell without a kernel, and the rows of each step that it was asked for, and the rows that it was told of. */
function watched(): { cell: Cell<ReturnType<ReturnType<typeof lstm>["init"]>, { h: Tensor2D; c: Tensor2D }>; steps: number[]; told: number[][] } {
  const { sequence: _, ...cell } = lstm({ input: 2, hidden: 3 });
  const steps: number[] = [],
    told: number[][] = [];
  const own: (typeof cell)["step"] = (params, state, x) => {
    expect([state.h.shape[0], state.c.shape[0]]).toEqual([x.shape[0], x.shape[0]]);
    steps.push(x.shape[0]);
    return cell.step(params, state, x);
  };
  const made = {
    ...cell,
    step: own,
    prepare(_: unknown, rows: ArrayLike<number>) {
      told.push(Array.from(rows));
      return made;
    },
  };
  return { cell: made, steps, told };
}

describe.each(BACKENDS)("runCell step by step on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("computes as many rows as there are real steps, in both directions", () => {
    fc.assert(
      fc.property(padded, ([{ batch, time, reverse }, lengths]) =>
        tidy(() => {
          const { cell, steps } = watched();
          runCell(cell, cell.init(key(1)), cell.initialState(batch), some([batch, time, 2], 1) as Tensor3D, lengths, { reverse });
          expect(steps.reduce((a, b) => a + b, 0)).toBe(lengths.reduce((a, b) => a + b, 0));
          expect(reverse ? steps.toReversed() : steps).toEqual([...planSequences(batch, time, lengths).counts]);
        }),
      ),
      { numRuns: 30 },
    );
  });

  it("has the cell prepared once for a run in training, with the sequence of each row, and not in inference", () => {
    const { cell, told } = watched();
    const run = (mode?: { training: ReturnType<typeof key> }) =>
      runCell(cell, cell.init(key(1)), cell.initialState(3), some([3, 4, 2], 1) as Tensor3D, [1, 4, 2], { mode });
    run();
    expect(told).toEqual([]);
    run({ training: key(1) });
    expect(told).toEqual([[1, 2, 0]]);
  });
});
