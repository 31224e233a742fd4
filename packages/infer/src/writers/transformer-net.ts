import type { Kernels } from "@refrain/kernels";
import { type BlockLayer, growingBuffers, type Linear, sinusoids, type TransformerStack } from "@refrain/kernels/nets";
import type { Table } from "../parameters.ts";
import { type RowCache, rowCache } from "../row-cache.ts";
import { lookedBy } from "./looked-by.ts";
import { type TransformerMemory, transformerMemory } from "./transformer-memory.ts";
import type { WriterNet } from "./writer-sessions.ts";

type TransformerParts = {
  readonly table: Table;
  readonly features: number;
  readonly heads: number;
  readonly layers: readonly BlockLayer[];
  readonly stack: TransformerStack;
  readonly head: Linear;
};

/** The keys and values of what was written, what is looked at, and each layer's queries of the last token. */
export type TransformerState = { readonly cache: RowCache; readonly memory: TransformerMemory; queries: Float32Array[] };

/** A Transformer's decoder; `encode` gives what it looks at, [places, features]. */
export function transformerNet<Input>(
  { heap }: Kernels,
  { table, features, heads, layers, stack, head }: TransformerParts,
  encode: (input: Input) => Float32Array,
): WriterNet<Input, TransformerState> & { dispose(): void } {
  const { width } = stack;
  const room = growingBuffers(heap, (texts) => ({ x: texts * features }));
  const memoryOf = (values: Float32Array) => transformerMemory(heap, layers, width, values, values.length / features);

  return {
    head,
    begin: (input) => ({ memory: memoryOf(encode(input)), cache: rowCache(heap, layers.length, width, Number.POSITIVE_INFINITY), queries: [] }),
    copy({ memory, cache, queries }) {
      const copy = cache.copy();
      memory.hold();
      return { memory, cache: copy, queries };
    },
    free({ memory, cache }) {
      memory.drop();
      cache.free();
    },
    /** The number of places, what is looked at, then each layer's keys and values. */
    save({ memory: { places, values }, cache }) {
      const rows = cache.save();
      const saved = new Float32Array(1 + values.length + rows.length);
      saved[0] = places;
      saved.set(values, 1);
      saved.set(rows, 1 + values.length);
      return saved;
    },
    restore(saved) {
      const places = saved[0] ?? Number.NaN,
        end = 1 + places * features;
      if (!Number.isInteger(places) || places < 1 || saved.length < end || (saved.length - end) % (layers.length * width) !== 0)
        throw new Error(`these ${saved.length} numbers are no state of this model. Save it anew.`);
      return { memory: memoryOf(saved.slice(1, end)), cache: rowCache(heap, layers.length, width, Number.POSITIVE_INFINITY, saved.subarray(end)), queries: [] };
    },
    advance(states, tokens) {
      const { x } = room.for(states.length);
      const places = states.map((state, text) => {
        const at = x + 4 * text * features,
          before = state.cache.length;
        table.copy(tokens[text] as number, at);
        const own = heap.f32(at, features);
        sinusoids(1, features, { first: before }).forEach((value, i) => {
          own[i] = (own[i] as number) + value;
        });
        state.cache.grow(1);
        const queries: Float32Array[] = [];
        state.queries = queries;
        const { memory } = state;
        const looked = (layer: number, query: number) => {
          queries[layer] = heap.f32(query, features).slice();
        };
        return { before, rows: state.cache.rows, memory: memory.rows, memoryLength: memory.places, looked };
      });
      return stack.advance(places, 1, x);
    },
    looked: ({ memory, queries }) => (queries.length > 0 ? lookedBy(heap, memory, queries, heads) : undefined),
    dispose: room.free,
  };
}
