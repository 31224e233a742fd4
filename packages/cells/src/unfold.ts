import { stack as pile, type Tensor, type Tensor2D, type Tensor3D, zerosLike } from "@tensorflow/tfjs-core";
import { type Cell, foldIn, type Layer, type Mode, type TensorTree } from "@refrain/core";
import { childMode } from "./child-mode.ts";
import { chooseRunning } from "./choose-running.ts";

/** The parameters of an unfolding: its cell's `P`, and its readout's `Q`. */
export type UnfoldParams<P, Q> = {
  readonly cell: P;
  /** Of the readout, where there is one. */
  readonly readout?: Q;
};

/** Where an unfolding begins, and when it ends. */
export type UnfoldInput<S> = {
  /** [batch, input]: what the first step reads. */
  readonly x: Tensor2D;
  /** The state before the first step, of any number of parts: an encoder's last, say. The cell's own initial state by default. */
  readonly state?: S | undefined;
  /** Steps, at most. */
  readonly length: number;
  /** Whether a sequence ends with what it has just written, [input]; none does by default. */
  readonly until?: ((written: Float32Array) => boolean) | undefined;
};

/** What an unfolding wrote. */
export type UnfoldOutput<S> = {
  /** [batch, time, input]: what was written, zeros after a sequence's end. Time is the longest sequence's. */
  readonly outputs: Tensor3D;
  /** [batch]: steps of each sequence, the one that ended it included. */
  readonly lengths: readonly number[];
  /** The state after each sequence's last step. */
  readonly state: S;
};

/**
 * Unfolds a state into a sequence: what a step writes, the next one reads (CNTK's UnfoldFrom; the generator of the lesson). What is written
 * is the cell's output, or what the `readout` makes of it, and must be as wide as the cell's inputs. Gradients flow through all steps.
 * For tokens, which are chosen and looked up, see `unfoldTokens`.
 *
 * @throws {RangeError} unless the length is a whole number of at least 1.
 * @throws {Error} when `x` or what a step writes is not [batch, input].
 */
export function unfold<P extends TensorTree, S extends TensorTree, Q extends TensorTree = never>(
  cell: Cell<P, S>,
  readout?: Layer<Q, Tensor, Tensor>,
): Layer<UnfoldParams<P, Q>, UnfoldInput<S>, UnfoldOutput<S>> {
  const describe = ({ kind, config }: Pick<Layer<never, never, never>, "kind" | "config">) => ({ kind, config });
  const write = (params: UnfoldParams<P, Q>, output: Tensor2D, mode: Mode): Tensor => (readout ? readout.apply(params.readout as Q, output, mode) : output);
  return {
    kind: "unfold",
    config: { cell: describe(cell), readout: readout ? describe(readout) : null },
    init: (key) => ({ cell: cell.init(foldIn(key, 0)), ...(readout && { readout: readout.init(foldIn(key, 1)) }) }),
    apply(params, { x, state: start, length, until }, mode = "inference") {
      if (!Number.isInteger(length) || length < 1) throw new RangeError(`unfold: length must be a whole number of at least 1, but is ${length}.`);
      const [batch, features] = x.shape;
      checkWritten("x", x, "batch", cell.inputSize);
      const rows = Array.from({ length: batch }, (_, row) => row);
      const own = mode === "inference" ? cell : (cell.prepare?.(foldIn(mode.training, 0), rows) ?? cell);
      let state = start ?? cell.initialState(batch);
      let running = rows.map(() => true);
      const lengths = rows.map(() => 0);
      const outputs: Tensor2D[] = [];
      for (let step = 0; step < length && running.includes(true); step++) {
        const next = own.step(params.cell, state, outputs.at(-1) ?? x);
        const written = write(params, next.output, childMode(mode, step + 1)) as Tensor2D;
        checkWritten("what a step writes", written, batch, cell.inputSize);
        state = chooseRunning(running, next.state, state);
        outputs.push(chooseRunning<Tensor2D>(running, written, zerosLike(written)));
        for (const row of rows) if (running[row]) lengths[row] = step + 1;
        if (until) {
          const values = written.dataSync<"float32">();
          running = running.map((runs, row) => runs && !until(values.slice(row * features, (row + 1) * features)));
        }
      }
      return { outputs: pile(outputs, 1) as Tensor3D, lengths, state };
    },
  };
}

/** @throws {Error} unless a tensor is [batch, input]. */
function checkWritten(what: string, { shape }: Tensor, batch: number | "batch", input: number): void {
  if (shape.length !== 2 || (batch !== "batch" && shape[0] !== batch) || shape[1] !== input)
    throw new Error(`unfold: ${what} must be [${batch}, ${input}], as the cell reads it, but is [${shape}].`);
}
