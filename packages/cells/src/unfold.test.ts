import { dense, dropout, key, type TensorTree, useBackend, valueAndGrad } from "@refrain/core";
import { concat, type Scalar, sum, type Tensor, tensor2d, type Tensor2D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { type AnyCell, CELLS, someParams, someState, type State } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { stack } from "./stack.ts";
import { unfold } from "./unfold.ts";
import { variationalDropout } from "./variational-dropout.ts";

/** Cells that bend so little that differences tell their gradients. */
const PLAIN = ["rnn with tanh", "lstm", "gru with reset after", "gru with reset before"];

type One = { readonly x: Tensor2D; readonly state: State };
type Until = (written: Float32Array) => boolean;

/** What unfolding one sequence is, one step at a time, up to the one that ends it. */
function byHand(step: (one: One) => One, start: One, length: number, until: Until): { readonly written: number[][]; readonly state: State } {
  const written: number[][] = [];
  let now = start;
  for (let at = 0; at < length && !(at > 0 && until(now.x.dataSync<"float32">())); at++) {
    now = step(now);
    written.push([...now.x.dataSync()]);
  }
  return { written, state: now.state };
}

/** What the cell reads, from what it writes. */
const readoutOf = ({ inputSize, hiddenSize }: { inputSize: number; hiddenSize: number }) => dense({ inputs: hiddenSize, outputs: inputSize });
const paramsOf = (cell: AnyCell) => ({ cell: someParams(cell, 1), readout: readoutOf(cell).init(key(2)) });

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  length: fc.integer({ min: 1, max: 5 }),
  bound: fc.double({ min: -0.3, max: 0.5, noNaN: true }),
  seed: fc.nat(50),
});

describe.each(BACKENDS)("unfold on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CELLS)("of %s feeds back what each step writes, each sequence to its own end", (_, make) => {
    fc.assert(
      fc.property(cases, ({ batch, length, bound, seed }) =>
        tidy(() => {
          const cell = make({ input: 2, hidden: 3 }),
            readout = readoutOf(cell),
            params = paramsOf(cell);
          const until: Until = ([first]) => (first as number) > bound;
          const starts = Array.from(
            { length: batch },
            (_, row): One => ({ x: some([1, 2], seed + row) as Tensor2D, state: someState(cell, 1, seed + 10 * row) }),
          );
          const fields = Object.keys(cell.initialState(1));
          const state = Object.fromEntries(fields.map((name) => [name, concat(starts.map((one) => one.state[name as "h"]))])) as State;
          const found = unfold(cell, readout).apply(params, { x: concat(starts.map(({ x }) => x)), state, length, until });

          const step = ({ x, state }: One): One => {
            const next = cell.step(params.cell, state, x);
            return { x: readout.apply(params.readout, next.output) as Tensor2D, state: next.state };
          };
          const expected = starts.map((start) => byHand(step, start, length, until));
          const time = Math.max(...expected.map(({ written }) => written.length));
          expect(found.lengths).toEqual(expected.map(({ written }) => written.length));
          expect(found.outputs.shape).toEqual([batch, time, 2]);
          const padded = expected.flatMap(({ written }) => [...written.flat(), ...new Array<number>(2 * (time - written.length)).fill(0)]);
          expectClose(found.outputs.dataSync(), padded);
          for (const name of fields as "h"[])
            expectClose(
              found.state[name].dataSync(),
              expected.flatMap((one) => [...one.state[name].dataSync()]),
            );
        }),
      ),
      { numRuns: 10 },
    );
  });

  it("feeds back the cell's own output where there is no readout, and starts from the cell's own state", () => {
    const cell = gru({ input: 3, hidden: 3 }),
      params = { cell: cell.init(key(1)) },
      x = some([2, 3], 1) as Tensor2D;
    const first = cell.step(params.cell, cell.initialState(2), x);
    const second = cell.step(params.cell, first.state, first.output);
    const { outputs, lengths, state } = unfold(cell).apply(params, { x, length: 2 });
    const rows = (row: number) => [first, second].flatMap(({ output }) => [...output.dataSync().slice(3 * row, 3 * row + 3)]);
    expectClose(outputs.dataSync(), [...rows(0), ...rows(1)]);
    expect(lengths).toEqual([2, 2]);
    expectClose(state.h.dataSync(), second.state.h.dataSync());
  });

  it("takes a state of any number of parts", () => {
    const cell = stack([lstm({ input: 2, hidden: 3 }), lstm({ input: 3, hidden: 2 })]),
      params = { cell: cell.init(key(1)) };
    const state = [someState(lstm({ input: 2, hidden: 3 }) as AnyCell, 2, 1), someState(lstm({ input: 3, hidden: 2 }) as AnyCell, 2, 3)];
    const input = { x: some([2, 2], 5) as Tensor2D, state: state as never, until: ([first]: Float32Array) => (first as number) > 0.05 };
    const found = unfold(cell).apply(params, { ...input, length: 6 });
    const [a, b] = found.lengths as [number, number];
    expect(a).not.toBe(b);
    // The sequence that ends first has at its end the state that it has when all ends there.
    const early = unfold(cell).apply(params, { ...input, length: Math.min(a, b) });
    const rowOf = (state: Tensor | undefined) => [...(state?.dataSync() ?? [])].slice(a < b ? 0 : -(state?.shape[1] ?? 0), a < b ? state?.shape[1] : undefined);
    found.state.forEach((part, i) => {
      expectClose(rowOf(part.c), rowOf(early.state[i]?.c));
    });
  });

  it.each(CELLS.filter(([name]) => PLAIN.includes(name)))("of %s has true gradients through what is fed back, and none after a sequence's end", (_, make) => {
    const cell = make({ input: 2, hidden: 3 }),
      layer = unfold(cell, readoutOf(cell));
    const all = { params: paramsOf(cell), x: some([2, 2], 5), state: someState(cell, 2, 7) };
    // One of the two ends at once, far from what a small step of the differences could change.
    const first = layer.apply(all.params, { x: all.x as Tensor2D, state: all.state, length: 1 }).outputs.dataSync();
    const bound = ((first[0] as number) + (first[2] as number)) / 2;
    let lengths: readonly number[] = [];
    expectTrueGradients(
      ({ params, x, state }: typeof all) => {
        const found = layer.apply(params, { x: x as Tensor2D, state, length: 3, until: ([value]) => (value as number) > bound });
        lengths = found.lengths;
        return [found.outputs, ...Object.values(found.state)];
      },
      all,
      5e-3,
    );
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBeGreaterThan(1);
  });

  it("leaks nothing", () => {
    const cell = lstm({ input: 2, hidden: 3 }),
      readout = readoutOf(cell),
      params = { cell: cell.init(key(1)), readout: readout.init(key(2)) },
      x = some([2, 2], 1) as Tensor2D;
    const loss = (p: typeof params) => sum(unfold(cell, readout).apply(p, { x, length: 3, until: ([first]) => (first as number) > 0 }).outputs) as Scalar;
    expectNoLeak(() => tidy(() => void valueAndGrad(loss)(params)));
  });

  it("hands the mode on: to the cell for all steps, to the readout with a key for each", () => {
    const cell = gru({ input: 8, hidden: 8 }),
      params = { cell: cell.init(key(1)) },
      x = some([2, 8], 2) as Tensor2D;
    const written = (layer: { apply: ReturnType<typeof unfold<TensorTree, TensorTree>>["apply"] }, mode?: { training: ReturnType<typeof key> }) => [
      ...layer.apply(params, { x, length: 2 }, mode).outputs.dataSync(),
    ];
    const droppedCell = unfold(variationalDropout(cell, { input: 0.5 })) as never;
    expect(written(droppedCell, { training: key(3) })).not.toEqual(written(droppedCell));
    expect(written(droppedCell, { training: key(3) })).toEqual(written(droppedCell, { training: key(3) }));
    const outputs = unfold(cell, dropout({ rate: 0.5 }))
      .apply({ ...params, readout: {} }, { x, length: 2 }, { training: key(3) })
      .outputs.dataSync();
    const zerosAt = (step: number) => Array.from({ length: 16 }, (_, i) => outputs[Math.floor(i / 8) * 16 + step * 8 + (i % 8)] === 0);
    expect(zerosAt(0)).toContain(true);
    expect(zerosAt(0)).not.toEqual(zerosAt(1));
  });

  it("refuses lengths that are none, and inputs or outputs that the cell cannot read", () => {
    const cell = gru({ input: 2, hidden: 3 }),
      params = { cell: cell.init(key(1)) };
    for (const length of [0, -1, 1.5, Number.NaN])
      expect(() => unfold(cell).apply(params, { x: zeros([1, 2]), length })).toThrow(
        new RangeError(`unfold: length must be a whole number of at least 1, but is ${length}.`),
      );
    expect(() => unfold(cell).apply(params, { x: zeros([1, 4]), length: 1 })).toThrow("unfold: x must be [batch, 2], as the cell reads it, but is [1,4].");
    expect(() => unfold(cell).apply(params, { x: zeros([5, 2]), length: 1 })).toThrow(
      "unfold: what a step writes must be [5, 2], as the cell reads it, but is [5,3].",
    );
  });
});

describe("unfold", () => {
  it("gives the same numbers on simd and on cpu", async () => {
    const cell = lstm({ input: 2, hidden: 3 }),
      readout = readoutOf(cell);
    await expectSameOnBoth(useBackend, () => {
      const params = { cell: cell.init(key(1)), readout: readout.init(key(2)) };
      return unfold(cell, readout).apply(params, { x: tensor2d([[1, -1]]), length: 4 }).outputs as Tensor;
    });
  });

  it("has a config that builds it again", () => {
    const cell = gru({ input: 2, hidden: 3 });
    expect(unfold(cell, readoutOf(cell))).toMatchObject({ kind: "unfold", config: { cell: { kind: "gru", config: cell.config }, readout: { kind: "dense" } } });
    expect(unfold(gru({ input: 3, hidden: 3 })).config).toMatchObject({ readout: null });
  });
});
