import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { type Key, split, uniform } from "@refrain/core";

/**
 * The parameters of a recurrent cell, in PyTorch's layout: the gates' rows one after the other.
 * The two biases are added; they are kept apart because PyTorch trains them apart, and a GRU's reset gate acts on the second only.
 */
export type RecurrentParams = {
  /** [gates * hidden, input] */
  readonly weightInput: Tensor2D;
  /** [gates * hidden, hidden] */
  readonly weightHidden: Tensor2D;
  /** [gates * hidden] */
  readonly biasInput?: Tensor1D;
  /** [gates * hidden] */
  readonly biasHidden?: Tensor1D;
};

export type CellSizes = {
  /** Features of an input. */
  readonly input: number;
  /** Hidden units. */
  readonly hidden: number;
  /** Whether there are biases; there are by default. */
  readonly bias?: boolean;
};

/** Fresh parameters, uniform in +-1/sqrt(hidden), as PyTorch starts them. */
export function initRecurrent(key: Key, gates: number, { input, hidden, bias = true }: CellSizes): RecurrentParams {
  const bound = 1 / Math.sqrt(hidden),
    rows = gates * hidden;
  const keys = split(key, 4) as [Key, Key, Key, Key];
  const matrix = (from: Key, columns: number) => tensor2d(uniform(from, rows * columns, -bound, bound), [rows, columns]);
  const vector = (from: Key) => tensor1d(uniform(from, rows, -bound, bound));
  return {
    weightInput: matrix(keys[0], input),
    weightHidden: matrix(keys[1], hidden),
    ...(bias && { biasInput: vector(keys[2]), biasHidden: vector(keys[3]) }),
  };
}

/** @throws {RangeError} unless both sizes are whole and positive. */
export function checkSizes(kind: string, { input, hidden }: CellSizes): void {
  for (const [name, size] of Object.entries({ input, hidden })) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${kind}: ${name} must be a whole number of at least 1, but is ${size}.`);
  }
}
