import { key, named, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
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

const mixed = () =>
  stack<RecurrentParams, State>([rnn({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 4, reset: "before" }), lstm({ input: 4, hidden: 2 })] as AnyCell[]);

describe.each(BACKENDS)("stack on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CELLS)("of %s gives what the nets give one after the other", (_, make) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
        fc.option(fc.constant([3, 1]), { nil: undefined }),
        (sizes, lengths) =>
          tidy(() => {
            const cells = sizes.slice(1).map((hidden, i) => make({ input: sizes[i] as number, hidden }));
            const all = stack(cells),
              params = all.init(key(1)),
              x = some([2, 3, sizes[0] as number], 2) as Tensor3D;
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

  it("has true gradients", () => {
    const cell = stack([lstm({ input: 2, hidden: 3 }), lstm({ input: 3, hidden: 2 })]);
    expectTrueGradients((params) => recurrence(cell).apply(params, { x: some([2, 3, 2], 3) as Tensor3D, lengths: [3, 2] }).outputs, cell.init(key(4)), 5e-3);
  });

  it("leaks nothing", () => {
    const cell = stack([gru({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 3 })]),
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
      config: { cells: [{ kind: "rnn", config: cell.config }, { kind: "rnn" }] },
    });
  });

  it("refuses no cells at all, and cells that do not fit each other", () => {
    expect(() => stack([])).toThrow("stack: at least one cell must be given.");
    expect(() => stack([rnn({ input: 2, hidden: 3 }), rnn({ input: 4, hidden: 3 })])).toThrow("stack: cell 1 reads 4 features, but the one below writes 3.");
  });
});
