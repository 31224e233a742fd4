import { useBackend } from "@refrain/core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { BACKENDS, expectClose, some } from "@refrain-tests/checks";
import { type AnyCell, PLAIN, someParams, someState } from "./every-cell.test-helper.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const numbers = (tensor: Tensor | undefined, size: number) => (tensor ? [...tensor.dataSync()] : new Array<number>(size).fill(0));

/**
 * What one sequence's step is made of: x W + b and h U + d of unit j in gate g, and the products with any other vector; the state; and
 * what the recurrent products read, which is h unless something else is given.
 */
type Parts = {
  input(gate: number, unit: number): number;
  recurrent(gate: number, unit: number, by?: readonly number[]): number;
  h: number[];
  c: number[];
  seen: number[];
};

/** The formulas of the doc comments, unit by unit: the new hidden state, and the new cell state. */
const FORMULAS: Record<string, (parts: Parts, hidden: number) => { h: number[]; c?: number[] }> = {
  "rnn with tanh": (p, n) => ({ h: units(n, (j) => Math.tanh(p.input(0, j) + p.recurrent(0, j))) }),
  "rnn with relu": (p, n) => ({ h: units(n, (j) => Math.max(0, p.input(0, j) + p.recurrent(0, j))) }),
  lstm(p, n) {
    const gate = (g: number, j: number) => p.input(g, j) + p.recurrent(g, j);
    const c = units(n, (j) => sigmoid(gate(1, j)) * (p.c[j] as number) + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)));
    return { h: c.map((cell, j) => sigmoid(gate(3, j)) * Math.tanh(cell)), c };
  },
  "gru with reset after": (p, n) => ({
    h: units(n, (j) => {
      const [r, z] = [0, 1].map((g) => sigmoid(p.input(g, j) + p.recurrent(g, j))) as [number, number];
      return (1 - z) * Math.tanh(p.input(2, j) + r * p.recurrent(2, j)) + z * (p.h[j] as number);
    }),
  }),
  "gru with reset before": (p, n) => {
    const reset = units(n, (j) => sigmoid(p.input(0, j) + p.recurrent(0, j)) * (p.seen[j] as number));
    return {
      h: units(n, (j) => {
        const z = sigmoid(p.input(1, j) + p.recurrent(1, j));
        return (1 - z) * (p.h[j] as number) + z * Math.tanh(p.input(2, j) + p.recurrent(2, j, reset));
      }),
    };
  },
};

function units(count: number, f: (unit: number) => number): number[] {
  return Array.from({ length: count }, (_, unit) => f(unit));
}

function expectFormula(cell: AnyCell, formula: (typeof FORMULAS)[string], recurrentInput?: Tensor2D): void {
  const { inputSize, hiddenSize } = cell,
    batch = 2;
  const params = someParams(cell, 1),
    state = someState(cell, batch, 2),
    x = some([batch, inputSize], 3) as Tensor2D;
  const rows = params.weightInput.shape[0];
  const [w, u, b, d] = [params.weightInput, params.weightHidden, params.biasInput, params.biasHidden].map((tensor) => numbers(tensor, rows)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const product = (weights: number[], row: number, by: readonly number[]) =>
    by.reduce((sum, value, i) => sum + (weights[row * by.length + i] as number) * value, 0);
  const next = cell.step(params, state, x, recurrentInput);
  for (let item = 0; item < batch; item++) {
    const part = (tensor: Tensor | undefined, width: number) => numbers(tensor, batch * width).slice(item * width, (item + 1) * width);
    const [own, h, c, seen] = [part(x, inputSize), part(state.h, hiddenSize), part(state.c, hiddenSize), part(recurrentInput ?? state.h, hiddenSize)];
    const expected = formula(
      {
        h,
        c,
        seen,
        input: (gate, unit) => product(w, gate * hiddenSize + unit, own) + (b[gate * hiddenSize + unit] as number),
        recurrent: (gate, unit, by = seen) => product(u, gate * hiddenSize + unit, by) + (d[gate * hiddenSize + unit] as number),
      },
      hiddenSize,
    );
    expectClose(part(next.output, hiddenSize), expected.h);
    expectClose(part(next.state.h, hiddenSize), expected.h);
    if (expected.c) expectClose(part(next.state.c, hiddenSize), expected.c);
  }
}

describe.each(BACKENDS)("a step on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each(PLAIN)("of %s follows its formula", (name, make) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.boolean(), fc.boolean(), (input, hidden, bias, masked) => {
        const recurrentInput = masked ? (some([2, hidden], 4) as Tensor2D) : undefined;
        expectFormula(make({ input, hidden, bias }), FORMULAS[name] as (typeof FORMULAS)[string], recurrentInput);
      }),
      { numRuns: 20 },
    );
  });
});
