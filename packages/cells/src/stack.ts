import { add, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { type Cell, foldIn, type Key, type SequenceInput, split, type TensorTree } from "@refrain/core";
import { checkFit } from "./check-fit.ts";
import { childMode } from "./child-mode.ts";
import { runCell } from "./run-cell.ts";

/** How the layers of a stack meet. */
export type StackConfig = {
  /** Whether each but the bottom adds what it reads to what it writes (Wu et al. 2016, section 3.1); not by default. */
  readonly residual?: boolean;
};

/**
 * Cells on top of each other as one cell: each reads the outputs of the one below. Parameters and states are lists, bottom first.
 *
 * @throws {RangeError} when there is no cell, or one's inputs are not the outputs of the one below; with residuals also when a cell
 * above the bottom writes another number of features than it reads.
 */
export function stack<P extends TensorTree, S extends TensorTree>(cells: readonly Cell<P, S>[], config: StackConfig = {}): Cell<readonly P[], readonly S[]> {
  const { residual = false } = config;
  const sizes = cells.map(({ inputSize, hiddenSize }) => ({ reads: inputSize, writes: hiddenSize }));
  checkFit("stack", "cell", sizes, residual);
  return {
    kind: "stack",
    config: { cells: cells.map(({ kind, config }) => ({ kind, config })), residual },
    inputSize: sizes[0]?.reads as number,
    hiddenSize: sizes.at(-1)?.writes as number,
    init(key) {
      const keys = split(key, cells.length);
      return cells.map((cell, i) => cell.init(keys[i] as Key));
    },
    initialState: (batch) => cells.map((cell) => cell.initialState(batch)),
    step(params, states, x) {
      let output: Tensor2D = x;
      const state = cells.map((cell, i) => {
        const next = cell.step(params[i] as P, states[i] as S, output);
        output = residual && i > 0 ? add(next.output, output) : next.output;
        return next.state;
      });
      return { state, output };
    },
    sequence(params, states, x, lengths, pass = {}) {
      let below: SequenceInput = x;
      const state = cells.map((cell, i) => {
        const mode = childMode(pass.mode ?? "inference", i);
        const next = runCell(cell, params[i] as P, states[i] as S, below, lengths, { ...pass, mode });
        below = residual && i > 0 ? add(next.outputs, below as Tensor3D) : next.outputs;
        return next.state;
      });
      return { outputs: below as Tensor3D, state };
    },
    prepare: (key, rows) =>
      stack(
        cells.map((cell, i) => cell.prepare?.(foldIn(key, i), rows) ?? cell),
        config,
      ),
  };
}
