import { key, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { add, reverse, type Scalar, stack as pile, sum, type Tensor2D, type Tensor3D, tidy, unstack } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { type AnyCell, CELLS, type State } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import type { RecurrentParams } from "./parameters.ts";
import { recurrence } from "./recurrence.ts";
import { rnn } from "./rnn.ts";
import { stack } from "./stack.ts";
import { zoneout } from "./zoneout.ts";

const mixed = () =>
  stack<RecurrentParams, State>([rnn({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 4, reset: "before" }), lstm({ input: 4, hidden: 2 })] as AnyCell[]);

describe.each(BACKENDS)("stack on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CELLS)("of %s gives what the nets give one after the other", (_, make) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.option(fc.constant([3, 1]), { nil: undefined }),
        (sizes, lengths) =>
          tidy(() => {
            const cells: AnyCell[] = [];
            for (const hidden of sizes) cells.push(make({ input: cells.at(-1)?.hiddenSize ?? 2, hidden }));
            const all = stack(cells),
              params = all.init(key(1)),
              x = some([2, 3, 2], 2) as Tensor3D;
            const whole = recurrence(all).apply(params, { x, lengths });
            let outputs = x;
            cells.forEach((cell, i) => {
              const next = recurrence(cell).apply(params[i] as RecurrentParams, { x: outputs, lengths });
              outputs = next.outputs;
              for (const [name, field] of Object.entries(next.state)) expectClose(whole.state[i]?.[name]?.dataSync() ?? [], field.dataSync());
            });
            expectClose(whole.outputs.dataSync(), outputs.dataSync());
          }),
      ),
      { numRuns: 15 },
    );
  });

  it.each([false, true])("gives over sequences what it gives step by step (residual: %s)", (residual) => {
    const cell = stack<RecurrentParams, State>(
      [rnn({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 3, reset: "before" }), lstm({ input: 3, hidden: 3 })] as AnyCell[],
      { residual },
    );
    const params = cell.init(key(1)),
      x = some([2, 3, 2], 2) as Tensor3D,
      whole = recurrence(cell).apply(params, { x });
    let state = cell.initialState(2);
    const outputs = unstack(x, 1).map((input) => {
      const next = cell.step(params, state, input as Tensor2D);
      state = next.state;
      return next.output;
    });
    expectClose(whole.outputs.dataSync(), pile(outputs, 1).dataSync());
    const expected = named(state as TensorTree);
    for (const [path, leaf] of named(whole.state as TensorTree)) expectClose(leaf.dataSync(), expected.get(path)?.dataSync() ?? []);
  });

  it("with residuals adds what each but the bottom reads to what it writes", () => {
    const cells = [lstm({ input: 2, hidden: 3 }), lstm({ input: 3, hidden: 3 }), lstm({ input: 3, hidden: 3 })];
    const all = stack(cells, { residual: true }),
      params = all.init(key(1)),
      lengths = [3, 1];
    let x = some([2, 3, 2], 2) as Tensor3D;
    const whole = recurrence(all).apply(params, { x, lengths });
    cells.forEach((cell, i) => {
      const { outputs } = recurrence(cell).apply(params[i] as RecurrentParams, { x, lengths });
      x = i === 0 ? outputs : add(x, outputs);
    });
    expectClose(whole.outputs.dataSync(), x.dataSync());
  });

  it("runs all its cells in reverse", () => {
    const cell = mixed(),
      params = cell.init(key(1)),
      x = some([2, 3, 2], 2) as Tensor3D;
    const back = recurrence(cell, { reverse: true }).apply(params, { x });
    const there = recurrence(cell).apply(params, { x: reverse(x, 1) });
    expectClose(back.outputs.dataSync(), reverse(there.outputs, 1).dataSync());
  });

  it("mixes cells, those with kernels and those without", () => {
    const cell = mixed();
    const x = some([3, 4, 2], 1) as Tensor3D;
    const { outputs, state } = recurrence(cell).apply(cell.init(key(1)), { x, lengths: [4, 2, 1] });
    expect(outputs.shape).toEqual([3, 4, 2]);
    expect([...named(state as TensorTree)].map(([path, { shape }]) => [path, shape])).toEqual([
      ["0.h", [3, 3]],
      ["1.h", [3, 4]],
      ["2.h", [3, 2]],
      ["2.c", [3, 2]],
    ]);
  });

  it("hands a run's key down, to each cell a key of its own", () => {
    const cell = zoneout(rnn({ input: 3, hidden: 3 }), { rate: 0.5 });
    const both = stack([cell, cell]),
      params = both.init(key(1)),
      x = some([2, 3, 3], 2) as Tensor3D;
    const whole = recurrence(both).apply(params, { x }, { training: key(5) });
    // The same run by hand.
    const prepared = both.prepare?.(key(5), [0, 1]) as typeof both;
    let state = both.initialState(2);
    const outputs = unstack(x, 1).map((input) => {
      const next = prepared.step(params, state, input as Tensor2D);
      state = next.state;
      return next.output;
    });
    expectClose(pile(outputs, 1).dataSync(), whole.outputs.dataSync());
    expect([...whole.outputs.dataSync()]).not.toEqual([
      ...recurrence(both)
        .apply(params, { x }, { training: key(6) })
        .outputs.dataSync(),
    ]);
    const same = stack([cell, cell])
      .prepare?.(key(5), [0, 1])
      .step([params[0], params[0]] as typeof params, both.initialState(2), some([2, 3], 1) as Tensor2D);
    const masks = (same?.state ?? []).map(({ h }) => [...h.dataSync()].map((value) => value === 0));
    expect(masks[0]).not.toEqual(masks[1]);
  });

  it.each([false, true])("has true gradients (residual: %s)", (residual) => {
    const cell = stack([lstm({ input: 2, hidden: 2 }), lstm({ input: 2, hidden: 2 })], { residual });
    expectTrueGradients((params) => recurrence(cell).apply(params, { x: some([2, 3, 2], 3) as Tensor3D, lengths: [3, 2] }).outputs, cell.init(key(4)), 5e-3);
  });

  it("leaks nothing", () => {
    const cell = stack([gru({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 3 })], { residual: true }),
      params = cell.init(key(1)),
      x = some([2, 3, 2], 1) as Tensor3D;
    expectNoLeak(() => tidy(() => void valueAndGrad((p: typeof params) => sum(recurrence(cell).apply(p, { x }).outputs) as Scalar)(params)));
  });
});

describe("stack", () => {
  it("gives the same numbers on simd and on cpu, also where a cell has no kernel", async () => {
    const cell = mixed();
    await expectSameOnBoth(useBackend, () => recurrence(cell).apply(cell.init(key(1)), { x: some([2, 3, 2], 1) as Tensor3D, lengths: [3, 1] }).outputs);
  });

  it("starts each cell from numbers of its own", async () => {
    await useBackend("simd");
    const cell = rnn({ input: 2, hidden: 2 });
    const [a, b] = stack([cell, cell]).init(key(1));
    expect([...(a?.weightInput.dataSync() ?? [])]).not.toEqual([...(b?.weightInput.dataSync() ?? [])]);
  });

  it("is a cell of the bottom's inputs and the top's outputs, with a config that builds it again", () => {
    const cell: AnyCell = rnn({ input: 2, hidden: 3 });
    expect(stack([cell, rnn({ input: 3, hidden: 5 })])).toMatchObject({
      kind: "stack",
      inputSize: 2,
      hiddenSize: 5,
      config: { cells: [{ kind: "rnn", config: cell.config }, { kind: "rnn" }], residual: false },
    });
  });

  it("refuses no cells at all, and cells that do not fit each other", () => {
    expect(() => stack([])).toThrow("stack: at least one cell must be given.");
    expect(() => stack([rnn({ input: 2, hidden: 3 }), rnn({ input: 4, hidden: 3 })])).toThrow("stack: cell 1 reads 4 features, but the one below writes 3.");
    expect(() => stack([rnn({ input: 2, hidden: 3 }), rnn({ input: 3, hidden: 4 })], { residual: true })).toThrow(
      "stack: with residuals cell 1 must write the 3 features that it reads, but writes 4.",
    );
  });
});
