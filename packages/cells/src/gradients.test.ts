import { leaves, memoryInUse, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { type Scalar, sum, type Tensor, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { CELLS, someParams, someState, type State } from "./every-cell.test-helper.ts";
import type { RecurrentParams } from "./parameters.ts";
import { recurrence } from "./recurrence.ts";

type All = { params: RecurrentParams; x: Tensor; state: State };

describe.each(BACKENDS.flatMap((backend) => CELLS.map(([name, make]) => ({ backend, name, make }))))("$name on $backend", ({ backend, name, make }) => {
  // The norm of three features bends sharply.
  const step = /norm|all/.test(name) ? 1e-3 : 1e-2;

  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    { what: "whole sequences", lengths: undefined, bias: true, reverse: false },
    { what: "padded sequences", lengths: [2, 4, 0], bias: true, reverse: false },
    { what: "padded sequences in reverse", lengths: [2, 4, 0], bias: true, reverse: true },
    { what: "a net without biases", lengths: undefined, bias: false, reverse: false },
  ])("has true gradients by parameters, inputs and initial state: $what", ({ lengths, bias, reverse }) => {
    const cell = make({ input: 2, hidden: 3, bias }),
      net = recurrence(cell, { reverse });
    // Numbers at which no relu lies within a step of its kink.
    const all: All = { params: someParams(cell, 4), x: some([3, 4, 2], 29), state: someState(cell, 3, 6) };
    expectTrueGradients(
      ({ params, x, state }) => {
        const found = net.apply(params, { x: x as Tensor3D, state, lengths });
        return [found.outputs, ...Object.values(found.state)];
      },
      all,
      5e-3,
      step,
    );
  });

  it("has true gradients for one step", () => {
    const cell = make({ input: 3, hidden: 2 });
    const all = { params: someParams(cell, 1), x: some([2, 1, 3], 5) };
    expectTrueGradients(({ params, x }: typeof all) => recurrence(cell).apply(params, { x: x as Tensor3D }).outputs, all, 5e-3, step);
  });

  it("leaks no tensor and no byte of the heap, with gradients and without", () => {
    const cell = make({ input: 2, hidden: 3 }),
      net = recurrence(cell);
    const params = someParams(cell, 1),
      x = some([2, 3, 2], 2) as Tensor3D;
    expectNoLeak(() => tidy(() => void net.apply(params, { x, lengths: [3, 1] })));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: RecurrentParams) => sum(net.apply(p, { x }).outputs) as Scalar)(params)));
    expectNoLeak(() => tidy(() => void cell.step(params, cell.initialState(2), some([2, 2], 1) as never)));
    const before = memoryInUse().tensors;
    const fresh = leaves(cell.init([1, 2, 3, 4]) as TensorTree);
    expect(memoryInUse().tensors - before).toBe(fresh.length);
  });
});
