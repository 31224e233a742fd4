import type { Kernels, Pointer } from "../kernels.ts";
import { CELLS, type CellKind, type PeepholesAt } from "./cells.ts";
import { growingBuffers } from "./growing-buffers.ts";
import { layOut } from "./lay-out.ts";
import type { PackedMatrix } from "./packed-matrix.ts";

/** A layer's weights, which must outlive the stack. */
export type RecurrentLayer = {
  /** [gates * hidden, input] */
  readonly ofInput: PackedMatrix;
  /** [gates * hidden, hidden] */
  readonly ofHidden: PackedMatrix;
  /** [gates * hidden], 0 for none. */
  readonly biasInput: Pointer;
  readonly biasHidden: Pointer;
  readonly peepholes?: PeepholesAt | undefined;
};

/** Recurrent layers on top of each other, laid out once for reading a step at a time, of one text or of several at once. */
export type RecurrentStack = {
  readonly hidden: number;
  /** Numbers of one text's state: for each layer h [hidden], and of an LSTM c [hidden]. */
  readonly stateSize: number;
  /** Where, from its start, the top layer's h of a state lies, in numbers. */
  readonly top: number;
  /**
   * Reads one step more of each text, `x` [texts, input]: `states` [layers, h and c, texts, hidden] become the next ones. What becomes of one
   * text does not depend on the others, bit for bit.
   */
  advance(texts: number, x: Pointer, states: Pointer): void;
  /** Gives the stack's own memory back; the weights are the caller's. */
  dispose(): void;
};

/**
 * Lays recurrent layers out for reading a step at a time.
 *
 * @param layers bottom first, at least one, all of the cell's kind and of one size.
 */
export function recurrentStack({ run, heap }: Kernels, kind: CellKind, layers: readonly RecurrentLayer[]): RecurrentStack {
  const cell = CELLS[kind];
  const hidden = layers[0]?.ofHidden.inputs ?? 0,
    gates = cell.gates * hidden,
    parts = cell.cell ? 2 : 1;
  const constants = layOut(heap, { sums: layers.length * gates, spare: hidden });
  /** Where both products are summed, the first takes both biases. */
  const steps = layers.map((layer, i) => {
    const { biasInput, biasHidden } = layer;
    if (cell.split) return layer;
    if (!biasInput || !biasHidden) return { ...layer, biasInput: biasInput || biasHidden };
    const sums = constants.sums + 4 * i * gates;
    run.blend(gates, biasInput, 1, biasHidden, 1, sums);
    return { ...layer, biasInput: sums };
  });
  const room = growingBuffers(heap, (texts) => ({ gates: texts * gates, recurrent: cell.split ? texts * gates : 0 }));

  return {
    hidden,
    stateSize: layers.length * parts * hidden,
    top: (layers.length - 1) * parts * hidden,
    advance(texts, input, states) {
      const { gates: sums, recurrent } = room.for(texts);
      let x = input,
        h = states;
      for (const { ofInput, ofHidden, biasInput, biasHidden, peepholes } of steps) {
        ofInput.multiply(texts, x, biasInput, sums);
        if (cell.split) ofHidden.multiply(texts, h, biasHidden, recurrent);
        else ofHidden.multiply(texts, h, 0, sums, true);
        cell.step(run, { texts, hidden, gates: sums, recurrent, h, c: h + 4 * texts * hidden, peepholes, spare: constants.spare });
        x = h;
        h += 4 * parts * texts * hidden;
      }
    },
    dispose() {
      heap.free(constants.sums);
      room.free();
    },
  };
}
