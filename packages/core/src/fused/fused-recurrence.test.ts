import { add, gather, mul, type Scalar, sum, type Tensor, type Tensor1D, type Tensor2D, tensor2d, type Tensor3D, tidy, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { expectClose, expectNoLeak, expectTrueGradients, some } from "@refrain-tests/checks";
import { leaves, named } from "../tree.ts";
import { useBackend } from "../use-backend.ts";
import { valueAndGrad } from "../value-and-grad.ts";
import { fusedRecurrence } from "./fused-recurrence.ts";
import { RECURRENT_KERNELS, type RecurrentKind } from "./recurrent-kernels.ts";

type Params = { table: Tensor2D; weightInput: Tensor2D; weightHidden: Tensor2D; biasInput?: Tensor1D; biasHidden?: Tensor1D; h: Tensor2D; c?: Tensor2D };
type Sizes = { batch: number; input: number; hidden: number; rows: number; bias: boolean };

function paramsOf(kind: RecurrentKind, { batch, input, hidden, rows, bias }: Sizes): Params {
  const gates = RECURRENT_KERNELS[kind].gates * hidden;
  return {
    table: some([rows, input], 1) as Tensor2D,
    weightInput: some([gates, input], 2, 0.4) as Tensor2D,
    weightHidden: some([gates, hidden], 3, 0.4) as Tensor2D,
    ...(bias && { biasInput: some([gates], 4, 0.4) as Tensor1D, biasHidden: some([gates], 5, 0.4) as Tensor1D }),
    h: some([batch, hidden], 6, 0.4) as Tensor2D,
    ...(RECURRENT_KERNELS[kind].cell && { c: some([batch, hidden], 7, 0.4) as Tensor2D }),
  };
}

/** Outputs and last state, of rows of the table as they are or gathered before. */
function run(kind: RecurrentKind, { table, ...rest }: Params, indices: Tensor2D, asTable: boolean, lengths?: readonly number[], reverse?: boolean): Tensor[] {
  const x = asTable ? { table, indices } : (gather(table, indices) as Tensor as Tensor3D);
  const { outputs, h, c } = fusedRecurrence(kind, { x, ...rest }, lengths, reverse) as NonNullable<ReturnType<typeof fusedRecurrence>>;
  return c ? [outputs, h, c] : [outputs, h];
}

const batches = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  time: fc.integer({ min: 1, max: 6 }),
  input: fc.integer({ min: 1, max: 9 }),
  hidden: fc.integer({ min: 1, max: 9 }),
  rows: fc.integer({ min: 1, max: 8 }),
  bias: fc.boolean(),
  seed: fc.nat(100),
});
const tokens = ({ batch, time, rows, seed }: { batch: number; time: number; rows: number; seed: number }) =>
  tensor2d(
    Array.from({ length: batch * time }, (_, i) => (seed + i * i * 3) % rows),
    [batch, time],
    "int32",
  );

describe.each(Object.keys(RECURRENT_KERNELS) as RecurrentKind[])("fusedRecurrence of %s", (kind) => {
  beforeEach(async () => {
    await useBackend("simd");
  });

  it("gives the same outputs, states and gradients for rows of a table as for the rows gathered before", () => {
    fc.assert(
      fc.property(batches, fc.boolean(), fc.boolean(), (sizes, padded, reverse) =>
        tidy(() => {
          const params = paramsOf(kind, sizes),
            indices = tokens(sizes);
          const lengths = padded ? Array.from({ length: sizes.batch }, (_, i) => 1 + ((sizes.seed + i) % sizes.time)) : undefined;
          const loss = (asTable: boolean) => (p: Params) =>
            run(kind, p, indices, asTable, lengths, reverse)
              .map((out, i) => sum(mul(out, some(out.shape, 20 + i))))
              .reduce((a, b) => add(a, b)) as Scalar;
          const everything = (asTable: boolean) => [
            ...run(kind, params, indices, asTable, lengths, reverse),
            ...leaves(valueAndGrad(loss(asTable))(params).gradients),
          ];
          const plain = everything(false);
          everything(true).forEach((ours, i) => expectClose(ours.dataSync(), (plain[i] as Tensor).dataSync(), 1e-4));
        }),
      ),
      { numRuns: 40 },
    );
  });

  it.each([false, true])("has true gradients by the table, the weights, the biases and the initial state (in reverse: %s)", (reverse) => {
    const sizes = { batch: 3, time: 4, input: 2, hidden: 3, rows: 4, bias: true, seed: 1 };
    expectTrueGradients((p) => run(kind, p, tokens(sizes), true, [2, 4, 0], reverse), paramsOf(kind, sizes), 5e-3);
  });

  it("in reverse gives for each sequence what it gives for the sequence turned round", () => {
    const sizes = { batch: 3, time: 4, input: 2, hidden: 3, rows: 5, bias: true, seed: 1 };
    const params = paramsOf(kind, sizes),
      lengths = [2, 4, 0];
    const [there, turned] = [
      [
        [1, 4, 0, 0],
        [2, 3, 0, 4],
        [0, 0, 0, 0],
      ],
      [
        [4, 1, 0, 0],
        [4, 0, 3, 2],
        [0, 0, 0, 0],
      ],
    ].map((rows) => tensor2d(rows, [3, 4], "int32")) as [Tensor2D, Tensor2D];
    const [backwards, ...states] = run(kind, params, there, true, lengths, true) as [Tensor3D, ...Tensor[]];
    const [forwards, ...expected] = run(kind, params, turned, true, lengths) as [Tensor3D, ...Tensor[]];
    states.forEach((state, i) => expectClose(state.dataSync(), expected[i]?.dataSync() ?? []));
    const rows = (outputs: Tensor3D) => outputs.arraySync();
    lengths.forEach((length, i) => {
      const [back, own] = [rows(backwards)[i], rows(forwards)[i]] as [number[][], number[][]];
      expectClose(back.slice(0, length).toReversed().flat(), own.slice(0, length).flat());
      expectClose(back.slice(length).flat(), new Array(3 * (4 - length)).fill(0));
    });
  });

  it("leaks nothing", () => {
    const sizes = { batch: 2, time: 3, input: 2, hidden: 3, rows: 4, bias: true, seed: 1 };
    const params = paramsOf(kind, sizes),
      indices = tokens(sizes);
    expectNoLeak(() => tidy(() => void run(kind, params, indices, true, [1, 3])));
    expectNoLeak(() => tidy(() => void valueAndGrad((p: Params) => sum(run(kind, p, indices, true)[0] as Tensor) as Scalar)(params)));
  });

  it("refuses an index that names no row of the table", () => {
    const params = paramsOf(kind, { batch: 1, input: 2, hidden: 3, rows: 4, bias: true });
    expect(() => run(kind, params, tensor2d([[1, 4]], [1, 2], "int32"), true)).toThrow("index 4 at position 1 names no row; the table has rows 0 to 3.");
  });

  it("gives zero gradients by the weights where every sequence is empty", () => {
    const sizes = { batch: 2, time: 3, input: 2, hidden: 3, rows: 4, bias: true, seed: 1 };
    const params = paramsOf(kind, sizes),
      indices = tokens(sizes);
    // What lay in the memory before must not show through.
    for (const leaf of leaves(params)) tidy(() => void mul(some(leaf.shape, 9), Number.NaN));
    const { gradients } = valueAndGrad((p: Params) => sum(run(kind, p, indices, true, [0, 0])[0] as Tensor) as Scalar)(params);
    for (const [path, gradient] of named(gradients)) expectClose(gradient.dataSync(), new Float32Array(gradient.size), 0, path);
  });

  it("leaves it to the caller where the backend is not simd", async () => {
    await useBackend("cpu");
    expect(fusedRecurrence(kind, { x: zeros([1, 1, 2]), weightInput: zeros([3, 2]), weightHidden: zeros([3, 3]), h: zeros([1, 3]) })).toBeUndefined();
  });
});
