import { isTensor, type TensorTree, useBackend } from "@refrain/core";
import { type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { type AnyCell, someParams, someState } from "./every-cell.test-helper.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";

type Row = readonly number[];
type Matrix = readonly Row[];
type Norm = { readonly weight: Row; readonly bias: Row };
type Plain = { readonly weightInput: Matrix; readonly weightHidden: Matrix; readonly biasInput: Row; readonly biasHidden: Row };
type PlainLstm = Plain & {
  readonly peepholes?: Readonly<Record<"input" | "forget" | "output", Row | Matrix>>;
  readonly weightProjection?: Matrix;
  readonly norms?: Readonly<Record<"input" | "hidden" | "cell", Norm>>;
};
type PlainGru = Plain & { readonly norms: Readonly<Record<"input" | "hidden", { readonly gates: Norm; readonly candidate: Norm }>> };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const times = (matrix: Matrix, x: Row): Row => matrix.map((row) => row.reduce((sum, w, i) => sum + w * (x[i] as number), 0));
const zip = (f: (...values: number[]) => number, ...rows: Row[]): Row => (rows[0] as Row).map((_, i) => f(...rows.map((row) => row[i] as number)));
const sum = (...rows: Row[]): Row => zip((...values) => values.reduce((a, b) => a + b), ...rows);
const gate = (row: Row, index: number, size: number): Row => row.slice(index * size, (index + 1) * size);

/** Ba et al. 2016: gain / sigma * (a - mu) + bias. */
function norm(a: Row, { weight, bias }: Norm): Row {
  const mu = a.reduce((x, y) => x + y) / a.length;
  const sigma = Math.sqrt(a.reduce((x, y) => x + (y - mu) ** 2, 0) / a.length + 1e-5);
  return a.map((x, i) => ((weight[i] as number) * (x - mu)) / sigma + (bias[i] as number));
}

function weightAt(weights: Row | Matrix | undefined, i: number, j: number): number {
  const own = weights?.[i] ?? 0;
  return typeof own === "number" ? (i === j ? own : 0) : (own[j] as number);
}

/** One sequence's step by the papers: [h, c] to the new ones. */
function lstmByThePapers(p: PlainLstm, x: Row, h: Row, c: Row): { h: Row; c: Row } {
  const hidden = c.length;
  const [fromInput, fromHidden] = [times(p.weightInput, x), times(p.weightHidden, h)];
  const sums = sum(p.norms ? norm(fromInput, p.norms.input) : fromInput, p.norms ? norm(fromHidden, p.norms.hidden) : fromHidden, p.biasInput, p.biasHidden);
  const sees = (peephole: "input" | "forget" | "output", cell: Row): Row => {
    const weights = p.peepholes?.[peephole];
    // A factor a unit is a matrix with nothing beside its diagonal.
    return cell.map((_, i) => cell.reduce((total, y, j) => total + weightAt(weights, i, j) * y, 0));
  };
  const i = sum(gate(sums, 0, hidden), sees("input", c)).map(sigmoid);
  const f = sum(gate(sums, 1, hidden), sees("forget", c)).map(sigmoid);
  const g = gate(sums, 2, hidden).map(Math.tanh);
  const next = zip((keep, old, take, fresh) => keep * old + take * fresh, f, c, i, g);
  const o = sum(gate(sums, 3, hidden), sees("output", next)).map(sigmoid);
  const shown = zip((open, cell) => open * Math.tanh(cell), o, p.norms ? norm(next, p.norms.cell) : next);
  return { h: p.weightProjection ? times(p.weightProjection, shown) : shown, c: next };
}

function gruByThePaper(reset: "after" | "before") {
  return (p: PlainGru, x: Row, h: Row): { h: Row } => {
    const hidden = h.length;
    const sums = (from: Row, bias: Row, norms: PlainGru["norms"]["input"]) => ({
      gates: sum(norm(from.slice(0, 2 * hidden), norms.gates), bias.slice(0, 2 * hidden)),
      candidate: sum(norm(from.slice(2 * hidden), norms.candidate), bias.slice(2 * hidden)),
    });
    const [a, b] = [sums(times(p.weightInput, x), p.biasInput, p.norms.input), sums(times(p.weightHidden, h), p.biasHidden, p.norms.hidden)];
    const gates = sum(a.gates, b.gates).map(sigmoid);
    const [r, z] = [gate(gates, 0, hidden), gate(gates, 1, hidden)];
    if (reset === "after") {
      const n = zip((own, open, recurrent) => Math.tanh(own + open * recurrent), a.candidate, r, b.candidate);
      return { h: zip((keep, fresh, old) => (1 - keep) * fresh + keep * old, z, n, h) };
    }
    const afterReset = times(
      p.weightHidden,
      zip((open, old) => open * old, r, h),
    );
    const n = sum(a.candidate, sums(afterReset, p.biasHidden, p.norms.hidden).candidate).map(Math.tanh);
    return { h: zip((take, fresh, old) => (1 - take) * old + take * fresh, z, n, h) };
  };
}

type Step = (p: never, x: Row, h: Row, c: Row) => { h: Row; c?: Row };
const CASES: readonly (readonly [string, (sizes: { input: number; hidden: number }) => AnyCell, Step])[] = [
  ["diagonal peepholes", (sizes) => lstm({ ...sizes, peepholes: "diagonal" }), lstmByThePapers],
  ["full peepholes", (sizes) => lstm({ ...sizes, peepholes: "full" }), lstmByThePapers],
  ["a projection", (sizes) => lstm({ ...sizes, projection: sizes.hidden + 2 }), lstmByThePapers],
  ["layer norm", (sizes) => lstm({ ...sizes, layerNorm: true }), lstmByThePapers],
  ["peepholes, projection and layer norm", (sizes) => lstm({ ...sizes, peepholes: "diagonal", projection: 1, layerNorm: true }), lstmByThePapers],
  ["layer norm in a GRU", (sizes) => gru({ ...sizes, layerNorm: true }), gruByThePaper("after")],
  ["layer norm in a GRU with reset before", (sizes) => gru({ ...sizes, reset: "before", layerNorm: true }), gruByThePaper("before")],
];

/** The numbers of a tree of tensors. */
function plain(tree: TensorTree): unknown {
  if (isTensor(tree)) return tree.arraySync();
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, child && plain(child)]));
}

describe.each(BACKENDS)("a step on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(CASES)("with %s follows the papers", (_, make, formula) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 4, max: 7 }), (input, hidden) =>
        tidy(() => {
          const cell = make({ input, hidden });
          const params = someParams(cell, 1),
            state = someState(cell, 2, 2),
            x = some([2, input], 3) as Tensor2D;
          const next = cell.step(params, state, x);
          const rows = (tensor: Tensor | undefined) => tensor?.arraySync() as Matrix | undefined;
          for (const row of [0, 1]) {
            const at = (tensor: Tensor | undefined) => rows(tensor)?.[row] ?? [];
            const expected = formula(plain(params) as never, at(x), at(state.h), at(state.c));
            expectClose(at(next.output), expected.h);
            expectClose(at(next.state.h), expected.h);
            expectClose(at(next.state.c), expected.c ?? []);
          }
        }),
      ),
      { numRuns: 15 },
    );
  });
});
