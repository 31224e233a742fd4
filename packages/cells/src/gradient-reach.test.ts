import { key, leaves, named, type TensorTree, useBackend } from "@refrain/core";
import {
  add,
  engine,
  memory,
  mul,
  ones,
  type Scalar,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor3D,
  tidy,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { type AnyCell, CELLS, someParams, someState, type State } from "./every-cell.test-helper.ts";
import { gradientReach, type Reach } from "./gradient-reach.ts";
import { gru } from "./gru.ts";
import { rnn } from "./rnn.ts";
import { stack } from "./stack.ts";

const probeOf = (state: TensorTree) => leaves(state).map((leaf, i) => some(leaf.shape, 60 + i));

/** A loss that every number of the last state takes part in. */
function lossOf(state: TensorTree): Scalar {
  const probes = probeOf(state);
  return leaves(state)
    .map((leaf, i) => sum(mul(leaf, probes[i] as Tensor)))
    .reduce((a, b) => add(a, b)) as Scalar;
}

async function reachOf<P extends TensorTree, S extends TensorTree>(...given: Parameters<typeof gradientReach<P, S>>): Promise<Reach[]> {
  const found: Reach[] = [];
  for await (const reach of gradientReach(...given)) found.push(reach);
  return found;
}

/** The same norms from one graph: a perturbation of zeros is added to every state, and the loss differentiated by it. */
function byPerturbation(cell: AnyCell, params: TensorTree, x: Tensor3D, start: State): Record<string, number>[] {
  const [batch, time, input] = x.shape;
  const values = x.dataSync<"float32">();
  const inputAt = (step: number) =>
    tensor2d(
      Array.from({ length: batch * input }, (_, i) => values[(Math.floor(i / input) * time + step) * input + (i % input)] as number),
      [batch, input],
    );
  const nothing = Array.from({ length: time + 1 }, () => Object.fromEntries(Object.entries(start).map(([name, field]) => [name, zerosLike(field)])));
  const { grads } = engine().gradients(
    () => {
      let state = start;
      for (let step = 0; step <= time; step++) {
        if (step > 0) state = cell.step(params as never, state, inputAt(step - 1)).state;
        state = Object.fromEntries(Object.entries(state).map(([name, field]) => [name, add(field, nothing[step]?.[name] as Tensor)])) as State;
      }
      return lossOf(state);
    },
    leaves(nothing as TensorTree),
    undefined,
    true,
  );
  const names = Object.keys(start);
  return nothing.map((_, distance) =>
    Object.fromEntries(
      names.map((name, i) => [name, Math.hypot(...((grads[(time - distance) * names.length + i] as Tensor).dataSync<"float32">() as Float32Array))]),
    ),
  );
}

/** A net of one unit. Where its slope is 1 at every step, its gradient over n steps is its weight to the n-th. */
function chain(weight: number, nonlinearity: "tanh" | "relu") {
  const cell = rnn({ input: 1, hidden: 1, nonlinearity });
  return { cell, params: { weightInput: tensor2d([[1]]), weightHidden: tensor2d([[weight]]), biasInput: tensor1d([0]), biasHidden: tensor1d([0]) } } as const;
}

describe.each(BACKENDS)("gradientReach on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    { weight: 0.99, shown: "0.3660" },
    { weight: 1.01, shown: "2.7048" },
  ])("is the lesson's $weight^100 = $shown after a hundred steps", async ({ weight, shown }) => {
    // Positive inputs keep a relu's state positive, where its slope is 1.
    const { cell, params } = chain(weight, "relu");
    const found = await reachOf(cell, params, { x: ones([1, 100, 1]) }, ({ h }) => sum(h) as Scalar);
    expect(found.map(({ distance }) => distance)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    for (const { distance, norms } of found) expectClose([norms.h as number], [Math.fround(weight) ** distance], 1e-6);
    expect(found[100]?.norms.h?.toFixed(4)).toBe(shown);
  });

  it.each([0.25, 1.5])("loses nothing where float32 would: %d^300", async (weight) => {
    // At a state of 0, where it stays, the slope of tanh is 1.
    const { cell, params } = chain(weight, "tanh");
    const found = await reachOf(cell, params, { x: zeros([1, 300, 1]) }, ({ h }) => sum(h) as Scalar);
    expectClose([(found[300]?.norms.h as number) / weight ** 300], [1], 1e-6);
  });

  it.each(CELLS)("of %s is what differentiating the whole graph gives", async (_, make) => {
    const cell = make({ input: 3, hidden: 4 }),
      params = someParams(cell, 1),
      x = some([2, 6, 3], 2) as Tensor3D,
      state = someState(cell, 2, 3);
    const found = await reachOf(cell, params, { x, state }, lossOf);
    const expected = tidy(() => byPerturbation(cell, params, x, state) as never) as Record<string, number>[];
    expect(found.length).toBe(7);
    found.forEach(({ norms }, distance) => {
      expect(Object.keys(norms)).toEqual(Object.keys(state));
      for (const [name, norm] of Object.entries(norms)) expectClose([norm], [expected[distance]?.[name] as number], 1e-5);
    });
  });

  it("names the parts of a stack's state by their paths, and starts from zeros", async () => {
    const cell = stack([gru({ input: 2, hidden: 3 }), gru({ input: 3, hidden: 2 })]);
    const found = await reachOf(cell, cell.init(key(1)), { x: some([2, 4, 2], 1) as Tensor3D }, (state) => sum(named(state).get("1.h") as Tensor) as Scalar);
    expect(found.map(({ norms }) => Object.keys(norms))).toEqual(new Array(5).fill(["0.h", "1.h"]));
    // The last step's lower layer has no part in the upper one's state after it.
    expect(found[0]?.norms).toEqual({ "0.h": 0, "1.h": 2 });
    expect(found[1]?.norms["0.h"]).toBeGreaterThan(0);
  });

  it("leaves no tensor behind, whether it is followed to its end, broken off or fails", async () => {
    const cell = CELLS[2]?.[1]({ input: 2, hidden: 3 }) as AnyCell,
      params = someParams(cell, 1),
      x = some([2, 4, 2], 2) as Tensor3D;
    const before = memory().numTensors;
    for (const stop of [0, 2, 99]) for await (const { distance } of gradientReach(cell, params, { x }, lossOf)) if (distance === stop) break;
    await expect(reachOf(cell, params, { x }, () => some([2], 1) as Scalar)).rejects.toThrow("must give a scalar");
    expect(memory().numTensors - before).toBe(0);
  });

  it("refuses inputs that are not the cell's, and gradients that are no numbers", async () => {
    const { cell, params } = chain(1, "tanh");
    for (const shape of [
      [1, 2, 2],
      [1, 0, 1],
      [2, 1],
    ])
      await expect(reachOf(cell, params, { x: zeros(shape as [number, number, number]) }, lossOf)).rejects.toThrow(
        `gradientReach: x must be [batch, time, 1] with at least one step, but is [${shape}].`,
      );
    await expect(reachOf(cell, params, { x: ones([1, 2, 1]) }, ({ h }) => sum(mul(h, Number.NaN)) as Scalar)).rejects.toThrow(
      "the gradient 0 steps before the loss is no finite number, but NaN",
    );
  });
});
