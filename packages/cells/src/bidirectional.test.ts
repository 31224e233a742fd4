import { foldIn, key, mapTree, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { concat, gather, reshape, type Scalar, split, sum, type Tensor, tensor1d, type Tensor2D, tensor2d, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { bidirectional, type BothDirections } from "./bidirectional.ts";
import { type AnyCell, PLAIN, someParams, someState } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { recurrence, type RecurrenceOutput } from "./recurrence.ts";
import { rnn } from "./rnn.ts";
import { stack } from "./stack.ts";
import { zoneout } from "./zoneout.ts";

const MERGES = ["concat", "sum", "multiply", "average"] as const;
const padded = fc
  .record({
    batch: fc.integer({ min: 1, max: 4 }),
    time: fc.integer({ min: 1, max: 5 }),
    input: fc.integer({ min: 1, max: 4 }),
    hidden: fc.integer({ min: 1, max: 5 }),
  })
  .chain((sizes) => fc.tuple(fc.constant(sizes), fc.array(fc.nat(sizes.time), { minLength: sizes.batch, maxLength: sizes.batch })));

/** Each sequence turned round within its length. */
function turned(x: Tensor3D, lengths: readonly number[]): Tensor3D {
  const [batch, time, features] = x.shape;
  const rows = lengths.flatMap((length, i) => [...new Array(time).keys()].map((step) => i * time + (step < length ? length - 1 - step : step)));
  return reshape(gather(reshape(x, [batch * time, features]), tensor1d(rows, "int32")), x.shape) as Tensor3D;
}

const expectSame = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  expectClose(a.dataSync(), b.dataSync());
};
const expectSameState = (a: object, b: object) =>
  mapTree(a as TensorTree, (leaf, path) => {
    expectSame(leaf, path.split(".").reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], b) as Tensor);
    return leaf;
  });

describe.each(BACKENDS)("bidirectional on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(PLAIN)("of %s merges what both directions give, and hands back both last states", (_, make) => {
    fc.assert(
      fc.property(padded, ([{ batch, time, input, hidden }, lengths]) =>
        tidy(() => {
          const cells = [make({ input, hidden }), make({ input, hidden })] as [AnyCell, AnyCell];
          const params = { forwards: someParams(cells[0], 1), backwards: someParams(cells[1], 2) };
          const state = { forwards: someState(cells[0], batch, 3), backwards: someState(cells[1], batch, 4) };
          const x = some([batch, time, input], 5) as Tensor3D;
          const there = recurrence(cells[0]).apply(params.forwards, { x, lengths, state: state.forwards });
          const back = recurrence(cells[1]).apply(params.backwards, { x: turned(x, lengths), lengths, state: state.backwards });
          const [a, b] = [there.outputs.dataSync(), turned(back.outputs, lengths).dataSync()];
          const expected = {
            sum: a.map((y, i) => y + (b[i] as number)),
            multiply: a.map((y, i) => y * (b[i] as number)),
            average: a.map((y, i) => (y + (b[i] as number)) / 2),
          };
          for (const merge of MERGES) {
            const layer = bidirectional(...cells, { merge });
            const found = layer.apply(params, { x, lengths, state });
            expect(found.outputs.shape).toEqual([batch, time, layer.outputSize]);
            if (merge === "concat") {
              const [one, other] = split(found.outputs, 2, -1) as [Tensor, Tensor];
              expectClose(one.dataSync(), a);
              expectClose(other.dataSync(), b);
            } else expectClose(found.outputs.dataSync(), expected[merge]);
            expectSameState(found.state, { forwards: there.state, backwards: back.state });
          }
        }),
      ),
      { numRuns: 10 },
    );
  });

  it.each(MERGES)("of sequences turned round, with the cells swapped, is itself turned round (%s)", (merge) => {
    fc.assert(
      fc.property(padded, ([{ batch, time, input, hidden }, lengths]) =>
        tidy(() => {
          const [a, b] = [lstm({ input, hidden }), lstm({ input, hidden })];
          const [p, q] = [a.init(key(1)), b.init(key(2))];
          const x = some([batch, time, input], 5) as Tensor3D;
          const one = bidirectional(a, b, { merge }).apply({ forwards: p, backwards: q }, { x, lengths });
          const other = bidirectional(b, a, { merge }).apply({ forwards: q, backwards: p }, { x: turned(x, lengths), lengths });
          const back = turned(other.outputs, lengths);
          expectSame(one.outputs, merge === "concat" ? concat((split(back, 2, -1) as Tensor3D[]).toReversed(), -1) : back);
          expectSameState(one.state, { forwards: other.state.backwards, backwards: other.state.forwards });
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("takes rows of a table in both directions, those of the padding unseen", () => {
    const layer = bidirectional(lstm({ input: 3, hidden: 4 }), gru({ input: 3, hidden: 2, reset: "before" }));
    const params = layer.init(key(1)),
      table = some([6, 3], 2) as Tensor2D,
      lengths = [3, 0, 2];
    const indices = tensor2d(
      [
        [5, 0, 5],
        [99, 99, 99],
        [1, 4, -1],
      ],
      [3, 3],
      "int32",
    );
    const real = tensor2d(
      [
        [5, 0, 5],
        [0, 0, 0],
        [1, 4, 0],
      ],
      [3, 3],
      "int32",
    );
    const found = layer.apply(params, { x: { table, indices }, lengths });
    const expected = layer.apply(params, { x: gather(table, real) as Tensor as Tensor3D, lengths });
    expectSame(found.outputs, expected.outputs);
    expectSameState(found.state, expected.state);
  });

  it("hands the mode down, to each direction with a key of its own", () => {
    const cell = zoneout(gru({ input: 3, hidden: 4 }), { rate: 0.5 });
    const layer = bidirectional(cell, cell),
      params = layer.init(key(1)),
      x = some([2, 3, 3], 2) as Tensor3D;
    const there = recurrence(cell).apply(params.forwards, { x }, { training: foldIn(key(5), 0) });
    const back = recurrence(cell, { reverse: true }).apply(params.backwards, { x }, { training: foldIn(key(5), 1) });
    const found = layer.apply(params, { x }, { training: key(5) });
    expectSame(found.outputs, concat([there.outputs, back.outputs], -1));
    expect([...found.outputs.dataSync()]).not.toEqual([...layer.apply(params, { x }).outputs.dataSync()]);
  });

  it.each(MERGES)("has true gradients by both cells' parameters, the inputs and both states (%s)", (merge) => {
    const cells = [lstm({ input: 2, hidden: 1 }), lstm({ input: 2, hidden: 1, peepholes: "diagonal" })] as const;
    const layer = bidirectional(...cells, { merge });
    const all = {
      params: layer.init(key(3)),
      x: some([2, 3, 2], 4),
      state: mapTree({ forwards: cells[0].initialState(2), backwards: cells[1].initialState(2) }, ({ shape }) => some(shape, 5)),
    };
    expectTrueGradients(
      ({ params, x, state }: typeof all) => {
        const found = layer.apply(params, { x: x as Tensor3D, lengths: [1, 3], state });
        return [found.outputs, found.state.forwards.h, found.state.forwards.c, found.state.backwards.h, found.state.backwards.c];
      },
      all,
      5e-3,
    );
  });

  it("leaks nothing, with gradients and without", () => {
    const layer = bidirectional(gru({ input: 2, hidden: 3 }), gru({ input: 2, hidden: 3, layerNorm: true })),
      params = layer.init(key(1)),
      x = some([2, 3, 2], 1) as Tensor3D;
    expectNoLeak(() => tidy(() => void layer.apply(params, { x, lengths: [1, 3] })));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: typeof params) => sum(layer.apply(p, { x, lengths: [1, 3] }).outputs) as Scalar)(params)));
  });
});

describe("bidirectional", () => {
  it("gives the same numbers on simd and on cpu, of cells with kernels and without", async () => {
    const layer = bidirectional(stack([lstm({ input: 2, hidden: 3 }), lstm({ input: 3, hidden: 2 })]), gru({ input: 2, hidden: 2, reset: "before" }), {
      merge: "sum",
    });
    type Found = RecurrenceOutput<BothDirections<readonly { h: Tensor2D }[], { h: Tensor2D }>>;
    const flat = ({ outputs, state }: Found) => [outputs, ...state.forwards.map(({ h }) => h), state.backwards.h];
    await expectSameOnBoth(useBackend, () => flat(layer.apply(layer.init(key(1)), { x: some([3, 4, 2], 1) as Tensor3D, lengths: [2, 4, 1] })));
  });

  it("starts each direction from numbers of its own", async () => {
    await useBackend("simd");
    const cell = rnn({ input: 2, hidden: 2 });
    const { forwards, backwards } = bidirectional(cell, cell).init(key(1));
    expect([...forwards.weightInput.dataSync()]).not.toEqual([...backwards.weightInput.dataSync()]);
  });

  it("has sizes and a config that builds it again", () => {
    const [a, b] = [rnn({ input: 2, hidden: 3 }), lstm({ input: 2, hidden: 5, projection: 4 })];
    expect(bidirectional(a, b)).toMatchObject({
      kind: "bidirectional",
      inputSize: 2,
      outputSize: 7,
      config: { forwards: { kind: "rnn", config: a.config }, backwards: { kind: "lstm", config: b.config }, merge: "concat" },
    });
    expect(bidirectional(a, a, { merge: "average" }).outputSize).toBe(3);
  });

  it("refuses cells that do not fit, and merges that there are not", () => {
    const make = (input: number, hidden: number) => rnn({ input, hidden });
    expect(() => bidirectional(make(2, 3), make(4, 3))).toThrow("bidirectional: both cells must read the same features, but one reads 2, the other 4.");
    expect(() => bidirectional(make(2, 3), make(2, 4), { merge: "sum" })).toThrow(
      /to merge by sum both cells must write as many features, but one writes 3, the other 4/,
    );
    expect(() => bidirectional(make(2, 3), make(2, 3), { merge: "max" as "sum" })).toThrow(
      'bidirectional: merge must be one of concat, sum, multiply, average, but is "max".',
    );
  });
});
