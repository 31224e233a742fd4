/*
 * Keras's recurrent layers by the equations of its documentation, in plain arrays, for tests: nothing of ours takes part.
 */

/** Row-major weights [rows, columns] as Keras keeps them. */
export type PlainWeights = {
  readonly input: number;
  readonly hidden: number;
  readonly kernel: ArrayLike<number>;
  readonly recurrent: ArrayLike<number>;
  /** [gates * hidden], or of a GRU with reset_after [2, 3 * hidden] */
  readonly bias?: ArrayLike<number> | undefined;
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const at = (values: ArrayLike<number> | undefined, i: number) => values?.[i] ?? 0;

/** Element `column` of a row vector times a matrix with so many columns. */
function product(vector: readonly number[], matrix: ArrayLike<number>, columns: number, column: number): number {
  return vector.reduce((sum, value, row) => sum + value * at(matrix, row * columns + column), 0);
}

const units = (count: number, f: (unit: number) => number) => Array.from({ length: count }, (_, unit) => f(unit));

/** An LSTM over one sequence from a state of zeros: the hidden state after each step. */
export function plainLstm({ hidden, kernel, recurrent, bias }: PlainWeights, sequence: readonly number[][]): number[][] {
  let [h, c] = [units(hidden, () => 0), units(hidden, () => 0)];
  return sequence.map((x) => {
    const z = (gate: number, unit: number) => {
      const column = gate * hidden + unit;
      return product(x, kernel, 4 * hidden, column) + product(h, recurrent, 4 * hidden, column) + at(bias, column);
    };
    const next = units(hidden, (u) => sigmoid(z(1, u)) * at(c, u) + sigmoid(z(0, u)) * Math.tanh(z(2, u)));
    const shown = units(hidden, (u) => sigmoid(z(3, u)) * Math.tanh(at(next, u)));
    [h, c] = [shown, next];
    return h;
  });
}

/** A GRU over one sequence from a state of zeros: the hidden state after each step. */
export function plainGru({ hidden, kernel, recurrent, bias }: PlainWeights, sequence: readonly number[][], resetAfter: boolean): number[][] {
  let h = units(hidden, () => 0);
  return sequence.map((x) => {
    const fromInput = (gate: number, unit: number) => {
      const column = gate * hidden + unit;
      return product(x, kernel, 3 * hidden, column) + at(bias, column);
    };
    const fromHidden = (gate: number, unit: number, state: readonly number[]) => {
      const column = gate * hidden + unit;
      return product(state, recurrent, 3 * hidden, column) + (resetAfter ? at(bias, 3 * hidden + column) : 0);
    };
    const gate = (g: number) => units(hidden, (u) => sigmoid(fromInput(g, u) + fromHidden(g, u, h)));
    const [z, r] = [gate(0), gate(1)];
    const reset = units(hidden, (u) => at(r, u) * at(h, u));
    const candidate = units(hidden, (u) => Math.tanh(fromInput(2, u) + (resetAfter ? at(r, u) * fromHidden(2, u, h) : fromHidden(2, u, reset))));
    h = units(hidden, (u) => at(z, u) * at(h, u) + (1 - at(z, u)) * at(candidate, u));
    return h;
  });
}
