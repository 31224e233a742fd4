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
   * Reads one step more of each text, `x` [texts, input]: `states`, a block [layers, h and c, hidden] each, become the next ones. What becomes
   * of one text does not depend on the others, bit for bit. Gives where the top layer's h [texts, hidden] lie, until it is called again.
   */
  advance(x: Pointer, states: readonly Pointer[]): Pointer;
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
    parts = cell.cell ? 2 : 1,
    rows = layers.length * parts,
    stateSize = rows * hidden,
    top = stateSize - parts * hidden;
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
  const room = growingBuffers(heap, (texts) => ({ gates: texts * gates, recurrent: cell.split ? texts * gates : 0, together: texts * stateSize }));

  const read = (texts: number, input: Pointer, states: Pointer) => {
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
  };
  /** Each row of each state, where it lies by itself, and where it lies among those of all texts. */
  const eachRow = (states: readonly Pointer[], together: Pointer, visit: (own: Float32Array, shared: Float32Array) => void) => {
    for (let row = 0; row < rows; row++)
      states.forEach((state, text) =>
        visit(heap.f32(state + 4 * row * hidden, hidden), heap.f32(together + 4 * (row * states.length + text) * hidden, hidden)),
      );
  };

  return {
    hidden,
    stateSize,
    top,
    advance(x, states) {
      const [only] = states;
      if (states.length === 1 && only !== undefined) {
        read(1, x, only);
        return only + 4 * top;
      }
      const { together } = room.for(states.length);
      eachRow(states, together, (own, shared) => shared.set(own));
      read(states.length, x, together);
      eachRow(states, together, (own, shared) => own.set(shared));
      return together + 4 * top * states.length;
    },
    dispose() {
      heap.free(constants.sums);
      room.free();
    },
  };
}
