import { type Key, key, useBackend } from "@refrain/core";
import { gather, mul, ones, type Tensor, type Tensor2D, tensor2d, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, expectClose, expectNoLeak, expectSameOnBoth, expectTrueGradients, some } from "@refrain-tests/checks";
import { type AnyCell, CELLS, someParams, someState } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { recurrence } from "./recurrence.ts";
import { rnn } from "./rnn.ts";
import { stack } from "./stack.ts";
import { variationalDropout, type VariationalDropoutConfig } from "./variational-dropout.ts";

const training = (seed: number): { training: Key } => ({ training: key(seed) });
const numbers = (tensor: Tensor | undefined) => [...(tensor?.dataSync() ?? [])];
const RATES: VariationalDropoutConfig[] = [{ input: 0.4 }, { recurrent: 0.4 }, { input: 0.3, recurrent: 0.3 }];

/** A cell that only shows what it is given: outputs are the inputs, then what the recurrent products would read. */
function mirror(features: number): AnyCell & { seen: { x: number[]; recurrent: number[] }[] } {
  const seen: { x: number[]; recurrent: number[] }[] = [];
  return {
    ...(rnn({ input: features, hidden: features }) as AnyCell),
    sequence: undefined as never,
    seen,
    step(_, state, x, recurrentInput) {
      seen.push({ x: numbers(x), recurrent: numbers(recurrentInput) });
      return { state, output: x };
    },
  };
}

describe.each(BACKENDS)("variationalDropout on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it("drops the shares that its rates name and scales the rest, the same at every step, apart for each sequence", () => {
    const cell = mirror(80),
      net = recurrence(variationalDropout(cell, { input: 0.2, recurrent: 0.6 }));
    net.apply(net.init(key(1)), { x: ones([60, 3, 80]), state: { h: ones([60, 80]) } }, training(1));
    expect(cell.seen).toHaveLength(3);
    for (const [part, rate] of [
      ["x", 0.2],
      ["recurrent", 0.6],
    ] as const) {
      const [mask, ...later] = cell.seen.map((step) => step[part]) as [number[], ...number[][]];
      for (const other of later) expect(other).toEqual(mask);
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
      expect(Math.abs(mask.filter((value) => value === 0).length / mask.length - rate)).toBeLessThan(0.03);
      const rows = Array.from({ length: 60 }, (_, i) => mask.slice(80 * i, 80 * (i + 1)).join());
      expect(new Set(rows).size).toBe(60);
    }
    expect(cell.seen[0]?.x.map((value) => value === 0)).not.toEqual(cell.seen[0]?.recurrent.map((value) => value === 0));
  });

  it.each(CELLS)("of %s masks what its products read, not what its state carries on", (_, make) => {
    const cell = make({ input: 3, hidden: 4 }),
      params = someParams(cell, 1),
      state = someState(cell, 2, 2),
      x = some([2, 3], 3) as Tensor2D;
    const dropped = variationalDropout(cell, { recurrent: 0.5 }).prepare?.(key(4), [0, 1]) as AnyCell;
    const shown = mirror(cell.hiddenSize);
    const preparedMirror = variationalDropout(shown, { recurrent: 0.5 }).prepare?.(key(4), [0, 1]) as AnyCell;
    preparedMirror.step(params, { h: ones(state.h.shape) }, x);
    const mask = tensor2d(shown.seen[0]?.recurrent ?? [], state.h.shape);
    const expected = cell.step(params, state, x, mul(state.h, mask));
    const found = dropped.step(params, state, x);
    expect(numbers(found.output)).toEqual(numbers(expected.output));
    expect(numbers(found.output)).not.toEqual(numbers(cell.step(params, state, x).output));
  });

  it.each(RATES)("with %j gives the same for the same key, otherwise for another; in inference it is the cell as it is", (rates) => {
    const cell = gru({ input: 4, hidden: 5 }),
      net = recurrence(variationalDropout(cell, rates)),
      params = net.init(key(1)),
      input = { x: some([3, 5, 4], 2) as Tensor3D, lengths: [2, 5, 3] };
    const outputs = (mode?: { training: Key }) => numbers(net.apply(params, input, mode).outputs);
    expect(outputs(training(1))).toEqual(outputs(training(1)));
    expect(outputs(training(1))).not.toEqual(outputs(training(2)));
    expect(outputs()).toEqual(numbers(recurrence(cell).apply(params, input).outputs));
    expect(outputs(training(1))).not.toEqual(outputs());
  });

  it("with rates of 0 is the cell as it is, in training too", () => {
    const cell = lstm({ input: 2, hidden: 3 }),
      net = recurrence(variationalDropout(cell, {})),
      params = net.init(key(1)),
      x = some([2, 3, 2], 1) as Tensor3D;
    expect(numbers(net.apply(params, { x }, training(1)).outputs)).toEqual(numbers(recurrence(cell).apply(params, { x }).outputs));
  });

  it("masks rows of a table as it does the rows themselves, and looks up none for the padding", () => {
    const net = recurrence(variationalDropout(lstm({ input: 3, hidden: 4 }), { input: 0.5 })),
      params = net.init(key(1)),
      table = some([5, 3], 2) as Tensor2D,
      lengths = [3, 1];
    const given = (padding: number) =>
      tensor2d(
        [
          [4, 0, 4],
          [2, padding, padding],
        ],
        [2, 3],
        "int32",
      );
    const outputs = net.apply(params, { x: { table, indices: given(77) }, lengths }, training(1)).outputs;
    expectClose(outputs.dataSync(), net.apply(params, { x: gather(table, given(0)) as Tensor as Tensor3D, lengths }, training(1)).outputs.dataSync());
  });

  it.each(RATES)("has true gradients for one key, with %j", (rates) => {
    const net = recurrence(variationalDropout(gru({ input: 2, hidden: 2 }), rates));
    const all = { params: net.init(key(3)), x: some([2, 3, 2], 4), state: { h: some([2, 2], 5) } };
    expectTrueGradients(
      ({ params, x, state }: typeof all) => net.apply(params, { x: x as Tensor3D, state: state as never, lengths: [3, 2] }, training(8)).outputs,
      all,
      5e-3,
    );
  });

  it("leaks nothing", () => {
    for (const rates of RATES) {
      const net = recurrence(variationalDropout(lstm({ input: 2, hidden: 3 }), rates)),
        params = net.init(key(1)),
        x = some([2, 3, 2], 1) as Tensor3D;
      expectNoLeak(() => tidy(() => void net.apply(params, { x, lengths: [1, 3] }, training(1))));
    }
  });
});

describe("variationalDropout", () => {
  it.each([false, true])("drops the same on every backend, where a kernel runs and where steps do (in reverse: %s)", async (reverse) => {
    for (const rates of RATES) {
      const cell = (input: number) => variationalDropout(lstm({ input, hidden: 4 }), rates);
      const net = recurrence(stack([cell(3), variationalDropout(cell(4), rates)]), { reverse });
      await expectSameOnBoth(useBackend, () => net.apply(net.init(key(1)), { x: some([4, 5, 3], 1) as Tensor3D, lengths: [2, 5, 0, 3] }, training(3)).outputs);
    }
  });

  it.each([-0.1, 1, Number.NaN])("refuses the rate %d", (rate) => {
    const cell = rnn({ input: 1, hidden: 1 });
    expect(() => variationalDropout(cell, { input: rate })).toThrow(`variationalDropout: input must be at least 0 and under 1, but is ${rate}.`);
    expect(() => variationalDropout(cell, { recurrent: rate })).toThrow(`variationalDropout: recurrent must be at least 0 and under 1, but is ${rate}.`);
  });

  it("has a config that builds it again, and the cell's parameters and sizes", async () => {
    await useBackend("simd");
    const cell = lstm({ input: 2, hidden: 3, projection: 2 });
    expect(variationalDropout(cell, { input: 0.5 })).toMatchObject({
      kind: "variational-dropout",
      config: { cell: { kind: "lstm", config: cell.config }, input: 0.5, recurrent: 0 },
      inputSize: 2,
      hiddenSize: 2,
    });
    expect(variationalDropout(cell, {}).initialState(1).h.shape).toEqual(zeros([1, 2]).shape);
  });
});
