import { gather, reshape, tensor1d, type Tensor2D } from "@tensorflow/tfjs-core";
import type { Cell, Layer, TensorTree } from "@refrain/core";
import { recurrence, type RecurrenceConfig, type RecurrenceInput } from "./recurrence.ts";

/** What is left of sequences that were folded. */
export type FoldOutput<S> = {
  /** [batch, hidden]: the output of the last step that is read of each sequence; zeros for a sequence of no steps. */
  readonly output: Tensor2D;
  /** The state after that step. */
  readonly state: S;
};

/**
 * Folds whole sequences into what is left of them: the cell's last output and state (CNTK's Fold; the encoder of an encoder-decoder,
 * Sutskever et al. 2014). What it takes and what it throws is what `recurrence` does; in reverse, the first step is the last one read.
 */
export function fold<P extends TensorTree, S extends TensorTree>(
  cell: Cell<P, S>,
  { reverse = false }: RecurrenceConfig = {},
): Layer<P, RecurrenceInput<S>, FoldOutput<S>> {
  const net = recurrence(cell, { reverse });
  return {
    kind: "fold",
    config: net.config,
    init: net.init,
    apply(params, input, mode) {
      const { outputs, state } = net.apply(params, input, mode);
      const [batch, time, hidden] = outputs.shape;
      const lastStep = (row: number) => (reverse ? 0 : Math.max((input.lengths?.[row] ?? time) - 1, 0));
      // A sequence of no steps has nothing but padding, which is zeros.
      const rows = Array.from({ length: batch }, (_, row) => row * time + lastStep(row));
      return { output: gather(reshape(outputs, [batch * time, hidden]), tensor1d(rows, "int32")) as Tensor2D, state };
    },
  };
}
