import { type Kernels, type Pointer, UNARY } from "@refrain/kernels";
import { growingBuffers, type Linear, type PackedMatrix, type RecurrentStack } from "@refrain/kernels/nets";
import type { Table } from "../parameters.ts";
import { softmaxInPlace, weigh } from "../weighing.ts";
import type { Memory } from "./memory.ts";
import type { Similarity } from "./similarity.ts";
import type { WriterNet } from "./writer-sessions.ts";

const TANH = UNARY.indexOf("tanh");

/** A decoder's parts; see `attendingDecoder` of `@refrain/attention` for the formulas. */
export type AttendingParts = {
  readonly table: Table;
  /** Features of a token. */
  readonly width: number;
  readonly stack: RecurrentStack;
  readonly similarity: Similarity;
  /** [hidden, memory features + hidden] */
  readonly combine: PackedMatrix;
  readonly head: Linear;
  readonly memoryFeatures: number;
  readonly query: "new" | "last";
  readonly inputFeeding: boolean;
};

/** A block [cell state, last output of the cell where queries are written from it, last output where it is fed], what is looked at, and where it looked last. */
export type AttendingState = { readonly block: Pointer; readonly memory: Memory; weights?: Float32Array };

/** What was read, as an encoder gives it: places [places, memory features], and the cell's first state. */
export type Encoded = { readonly places: number; readonly values: Float32Array; readonly state: Float32Array };

/** A recurrent net that looks at all places of a memory at each step. */
export function attendingNet<Input>(
  { run, heap }: Kernels,
  parts: AttendingParts,
  encode: (input: Input) => Encoded,
): WriterNet<Input, AttendingState> & { dispose(): void } {
  const { table, width, stack, similarity, combine, head, memoryFeatures, query, inputFeeding } = parts;
  const { hidden, stateSize } = stack;
  const asks = query === "last";
  const lastAt = stateSize,
    fedAt = stateSize + (asks ? hidden : 0),
    blockSize = fedAt + (inputFeeding ? hidden : 0);
  const reads = width + (asks ? memoryFeatures : 0) + (inputFeeding ? hidden : 0);
  const room = growingBuffers(heap, (texts) => ({
    x: texts * reads,
    pair: texts * (memoryFeatures + hidden),
    output: texts * hidden,
  }));

  const memoryOf = (places: number, values: Float32Array): Memory => ({ places, values, keys: similarity.keys(places, values) });
  const stateOf = (memory: Memory, numbers: Float32Array): AttendingState => {
    const block = heap.alloc(4 * blockSize);
    heap.f32(block, blockSize).fill(0);
    heap.f32(block, numbers.length).set(numbers);
    return { block, memory };
  };
  const numbersOf = ({ block }: AttendingState) => heap.f32(block, blockSize).slice();
  /** What a query finds; where it looked is kept. */
  const look = (state: AttendingState, asked: Float32Array): Float32Array => {
    const { places, keys, values } = state.memory;
    state.weights = softmaxInPlace(similarity.scores(asked, places, keys));
    return weigh(state.weights, values, memoryFeatures);
  };

  return {
    head,
    begin(input) {
      const { places, values, state } = encode(input);
      return stateOf(memoryOf(places, values), state);
    },
    copy: (state) => ({ ...stateOf(state.memory, numbersOf(state)), ...(state.weights && { weights: state.weights }) }),
    free: ({ block }) => heap.free(block),
    /** The number of places, the memory, then the block. */
    save(state) {
      const { places, values } = state.memory;
      const saved = new Float32Array(1 + values.length + blockSize);
      saved[0] = places;
      saved.set(values, 1);
      saved.set(numbersOf(state), 1 + values.length);
      return saved;
    },
    restore(saved) {
      const places = saved[0] ?? Number.NaN;
      if (!Number.isInteger(places) || places < 1 || saved.length !== 1 + places * memoryFeatures + blockSize)
        throw new Error(`these ${saved.length} numbers are no state of this model. Save it anew.`);
      const end = 1 + places * memoryFeatures;
      return stateOf(memoryOf(places, saved.slice(1, end)), saved.subarray(end));
    },
    advance(states, tokens) {
      const texts = states.length;
      const { x, pair, output } = room.for(texts);
      const before = states.map((state, text) => {
        const row = x + 4 * text * reads;
        table.copy(tokens[text] as number, row);
        const context = asks ? look(state, heap.f32(state.block + 4 * lastAt, hidden).slice()) : undefined;
        if (context) heap.f32(row + 4 * width, memoryFeatures).set(context);
        if (inputFeeding) heap.f32(row + 4 * (reads - hidden), hidden).set(heap.f32(state.block + 4 * fedAt, hidden));
        return context;
      });
      const top = stack.advance(
        x,
        states.map(({ block }) => block),
      );
      states.forEach((state, text) => {
        const own = heap.f32(top + 4 * text * hidden, hidden).slice();
        const context = before[text] ?? look(state, own);
        const both = heap.f32(pair + 4 * text * (memoryFeatures + hidden), memoryFeatures + hidden);
        both.set(context);
        both.set(own, memoryFeatures);
        if (asks) heap.f32(state.block + 4 * lastAt, hidden).set(own);
      });
      combine.multiply(texts, pair, 0, output);
      run.unary(TANH, texts * hidden, output, output);
      if (inputFeeding) states.forEach(({ block }, text) => heap.f32(block + 4 * fedAt, hidden).set(heap.f32(output + 4 * text * hidden, hidden)));
      return output;
    },
    looked: ({ weights }) => weights?.slice(),
    dispose: room.free,
  };
}
