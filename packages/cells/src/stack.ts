import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type Cell, type Key, split, type TensorTree } from "@refrain/core";

/**
 * Cells on top of each other as one cell: each reads the outputs of the one below. Parameters and states are lists, bottom first.
 *
 * @throws {RangeError} when there is no cell, or one's inputs are not the outputs of the one below.
 */
export function stack<P extends TensorTree, S extends TensorTree>(cells: readonly Cell<P, S>[]): Cell<readonly P[], readonly S[]> {
  const [bottom, top] = [cells[0], cells.at(-1)];
  if (!bottom || !top) throw new RangeError("stack: at least one cell must be given.");
  cells.forEach((cell, i) => {
    const below = cells[i - 1];
    if (below && cell.inputSize !== below.hiddenSize)
      throw new RangeError(`stack: cell ${i} reads ${cell.inputSize} features, but the one below writes ${below.hiddenSize}.`);
  });
  return {
    kind: "stack",
    config: { cells: cells.map(({ kind, config }) => ({ kind, config })) },
    inputSize: bottom.inputSize,
    hiddenSize: top.hiddenSize,
    init(key) {
      const keys = split(key, cells.length);
      return cells.map((cell, i) => cell.init(keys[i] as Key));
    },
    initialState: (batch) => cells.map((cell) => cell.initialState(batch)),
    step(params, states, x) {
      let output: Tensor2D = x;
      const state = cells.map((cell, i) => {
        const next = cell.step(params[i] as P, states[i] as S, output);
        output = next.output;
        return next.state;
      });
      return { state, output };
    },
    sequence(params, states, x, lengths) {
      if (cells.some((cell) => !cell.sequence)) return undefined;
      let outputs = x;
      const state: S[] = [];
      for (const [i, cell] of cells.entries()) {
        const next = cell.sequence?.(params[i] as P, states[i] as S, outputs, lengths);
        if (!next) return undefined;
        outputs = next.outputs;
        state.push(next.state);
      }
      return { outputs: outputs as Tensor3D, state };
    },
  };
}
