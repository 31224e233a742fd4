import type { Kernels, Pointer } from "@refrain/kernels";
import { growingBuffers, type Linear, type RecurrentStack } from "@refrain/kernels/nets";
import type { Table } from "./parameters.ts";
import type { LanguageKeeper } from "./language-model.ts";

type RecurrentNet = { readonly stack: RecurrentStack; readonly table: Table; readonly width: number; readonly head: Linear };

/** The states of a recurrent net that reads tokens and foretells them: a block for each, [layers, h and c, hidden]. */
export function recurrentKeeper({ heap }: Kernels, { stack, table, width, head }: RecurrentNet): LanguageKeeper<Pointer> & { dispose(): void } {
  const { stateSize } = stack;
  const room = growingBuffers(heap, (texts) => ({ x: texts * width }));
  const numbers = (state: Pointer) => heap.f32(state, stateSize);
  const fresh = () => {
    const state = heap.alloc(4 * stateSize);
    numbers(state).fill(0);
    return state;
  };
  const restore = (saved: Float32Array) => {
    if (saved.length !== stateSize) throw new Error(`these ${saved.length} numbers are no state of this model, which has ${stateSize}. Save it anew.`);
    const state = fresh();
    numbers(state).set(saved);
    return state;
  };
  return {
    head,
    fresh,
    restore,
    save: (state) => numbers(state).slice(),
    copy: (state) => restore(numbers(state).slice()),
    free: heap.free,
    advance(states, tokens) {
      const { x } = room.for(states.length);
      tokens.forEach((token, text) => table.copy(token, x + 4 * text * width));
      return stack.advance(x, states);
    },
    dispose: room.free,
  };
}
