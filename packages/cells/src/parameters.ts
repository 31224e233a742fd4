import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { foldIn, type Key, uniform } from "@refrain/core";

/**
 * The parameters of a recurrent cell, in PyTorch's layout: the gates' rows one after the other.
 * The two biases are added; they are kept apart because PyTorch trains them apart, and a GRU's reset gate acts on the second only.
 */
export type RecurrentParams = {
  /** [gates * hidden, input] */
  readonly weightInput: Tensor2D;
  /** [gates * hidden, hidden]; of an LSTM with a projection, [gates * hidden, projection] */
  readonly weightHidden: Tensor2D;
  /** [gates * hidden] */
  readonly biasInput?: Tensor1D;
  /** [gates * hidden] */
  readonly biasHidden?: Tensor1D;
};

/** The sizes that every cell has. */
export type CellSizes = {
  /** Features of an input. */
  readonly input: number;
  /** Hidden units. */
  readonly hidden: number;
  /** Whether there are biases; there are by default. */
  readonly bias?: boolean;
};

type Start = CellSizes & {
  /** Features of the hidden state where they are not the hidden units. */
  readonly recurrent?: number | undefined;
  /** A gate whose biases together are this number at the start. */
  readonly fixed?: { readonly gate: number; readonly bias: number } | undefined;
};

/** Fresh parameters, uniform in +-1/sqrt(hidden), as PyTorch starts them. They take the key's first four children. */
export function initRecurrent(key: Key, gates: number, { input, hidden, bias = true, recurrent = hidden, fixed }: Start): RecurrentParams {
  const rows = gates * hidden;
  const vector = (child: number, start: number) => {
    const values = uniformFor(hidden, foldIn(key, child), rows);
    return tensor1d(fixed ? values.fill(start, fixed.gate * hidden, (fixed.gate + 1) * hidden) : values);
  };
  return {
    weightInput: tensor2d(uniformFor(hidden, foldIn(key, 0), rows * input), [rows, input]),
    weightHidden: tensor2d(uniformFor(hidden, foldIn(key, 1), rows * recurrent), [rows, recurrent]),
    ...(bias && { biasInput: vector(2, fixed?.bias ?? 0), biasHidden: vector(3, 0) }),
  };
}

/** So many numbers, uniform in +-1/sqrt(hidden). */
export function uniformFor(hidden: number, key: Key, length: number): Float32Array<ArrayBuffer> {
  const bound = 1 / Math.sqrt(hidden);
  return uniform(key, length, -bound, bound);
}

/** @throws {RangeError} unless all sizes are whole and positive. */
export function checkSizes(kind: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${kind}: ${name} must be a whole number of at least 1, but is ${size}.`);
  }
}
