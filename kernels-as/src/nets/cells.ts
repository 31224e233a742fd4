import type { KernelFunctions, Pointer } from "../kernels.ts";
import { BINARY, UNARY } from "../operations.ts";

/** The cells that a stack can be made of. */
export type CellKind = "rnn-tanh" | "rnn-relu" | "lstm" | "gru" | "peephole-lstm";

/** Where the factors [hidden] lie by which an LSTM's gates see its cell. */
export type PeepholesAt = { readonly input: Pointer; readonly forget: Pointer; readonly output: Pointer };

/** What one step of several texts works on, H hidden units and G gates. */
type CellBlocks = {
  readonly texts: number;
  readonly hidden: number;
  /** [texts, G * H]: pre-activations, gone afterwards; of a `split` cell the input's part, and the hidden state's in `recurrent`. */
  readonly gates: Pointer;
  readonly recurrent: Pointer;
  /** [texts, H]: the state before, then after. */
  readonly h: Pointer;
  readonly c: Pointer;
  readonly peepholes?: PeepholesAt | undefined;
  /** [H]: for a cell's own use. */
  readonly spare: Pointer;
};

/** What one kind of cell has, and how it goes one step on. */
export type CellStep = {
  readonly gates: number;
  /** Whether the state has a cell besides the hidden state. */
  readonly cell: boolean;
  /** Whether the hidden state's part of the pre-activations stands apart (a GRU's reset gate acts on it). */
  readonly split: boolean;
  /** From pre-activations to the next state. */
  step(run: KernelFunctions, blocks: CellBlocks): void;
};

const rnn = (relu: boolean): CellStep => ({
  gates: 1,
  cell: false,
  split: false,
  step: (run, b) => run.rnnCells(b.texts, b.hidden, relu, b.gates, b.h),
});

/** One step of each kind, from sums to states; gates in PyTorch's order. */
export const CELLS: Readonly<Record<CellKind, CellStep>> = {
  "rnn-tanh": rnn(false),
  "rnn-relu": rnn(true),
  lstm: { gates: 4, cell: true, split: false, step: (run, b) => run.lstmCells(b.texts, b.hidden, b.gates, b.h, b.c) },
  gru: { gates: 3, cell: false, split: true, step: (run, b) => run.gruCells(b.texts, b.hidden, b.gates, b.recurrent, b.h) },
  "peephole-lstm": { gates: 4, cell: true, split: false, step: peepholeStep },
};

const [SIGMOID, TANH] = [UNARY.indexOf("sigmoid"), UNARY.indexOf("tanh")];
const [ADD, MULTIPLY] = [BINARY.indexOf("add"), BINARY.indexOf("multiply")];

/** Gers and Schmidhuber (2000): the input and forget gates see the last cell, the output gate the new one. */
function peepholeStep(run: KernelFunctions, { texts, hidden, gates, h, c, peepholes, spare }: CellBlocks): void {
  if (!peepholes) throw new Error("a peephole LSTM needs the factors of its peepholes.");
  const each = (op: number, a: Pointer, b: Pointer, out: Pointer) => run.binary(op, 1, hidden, a, 0, true, b, 0, true, out);
  const see = (gate: Pointer, cell: Pointer, factors: Pointer) => {
    each(MULTIPLY, cell, factors, spare);
    each(ADD, gate, spare, gate);
    run.unary(SIGMOID, hidden, gate, gate);
  };
  for (let text = 0; text < texts; text++) {
    const row = 4 * hidden;
    const [input, cell, output] = [gates + 4 * text * row, c + text * row, h + text * row];
    const [forget, fresh, shown] = [input + row, input + 2 * row, input + 3 * row];
    see(input, cell, peepholes.input);
    see(forget, cell, peepholes.forget);
    run.unary(TANH, hidden, fresh, fresh);
    each(MULTIPLY, input, fresh, fresh);
    each(MULTIPLY, forget, cell, cell);
    each(ADD, cell, fresh, cell);
    see(shown, cell, peepholes.output);
    run.unary(TANH, hidden, cell, fresh);
    each(MULTIPLY, shown, fresh, output);
  }
}
